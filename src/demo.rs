//! The embedded cluster: a Kubernetes API in this process, with a company's life in it.
//!
//! It imitates what rk9s and the everyday kubectl commands use, and answers all else with the real server's own kind of error,
//! never with a wrong success. It is plain data ([`world::World`]) and functions over it; time is handed in, chance is seeded.
//! Only `server` waits, and it knows nothing of Kubernetes. rk9s reaches it by its ordinary client: only the connector differs.
//!
//! ```text
//! request ─▸ server ─▸ api: who, may they, which verb ─▸ world (admission, conflicts, revisions) ─▸ store (serialised objects)
//!                                                          ▴                                            │ changes
//!                                                          └── life: controllers, scheduler, kubelet ◂──┴─▸ watches
//! ```

pub mod access;
pub mod admit;
pub mod api;
pub mod catalog;
pub mod columns;
pub mod custom;
pub mod discovery;
pub mod events;
pub mod fields;
pub mod kubelet;
pub mod life;
pub mod logs;
pub mod menu;
pub mod metrics;
pub mod nodes;
pub mod object;
pub mod openapi;
pub mod patch;
pub mod recent;
pub mod refusal;
pub mod scheduler;
pub mod schema;
pub mod server;
pub mod store;
pub mod story;
pub mod volumes;
pub mod world;
