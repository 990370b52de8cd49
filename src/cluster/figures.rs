//! stub
pub async fn watch(
    _l: super::connect::Link,
    _c: crate::kinds::Companion,
    _k: &str,
    _n: Option<String>,
    _s: super::watch::Shared,
    _co: std::sync::Arc<super::watch::Count>,
    _sink: tokio::sync::mpsc::Sender<crate::store::delta::Batch>,
) {
}
