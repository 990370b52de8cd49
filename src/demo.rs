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

pub mod admit;
pub mod catalog;
pub mod events;
pub mod fields;
pub mod life;
pub mod object;
pub mod patch;
pub mod refusal;
pub mod store;
pub mod world;
