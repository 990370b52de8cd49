//! The keeper of a log: what it tells the app of lines, containers and searches, and what it keeps.

use crate::script::{Server, server};
use crate::{running, sent, want};
use rk9s::app::log::{Ask, News, Sight};
use rk9s::cluster::logs::{Run, Which};
use rk9s::cluster::watch::Shared;
use rk9s::engine::logs::keep;
use rk9s::store::log::{At, Look, Sieve, View, Way};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

struct Kept {
    asks: mpsc::UnboundedSender<Ask>,
    news: mpsc::UnboundedReceiver<News>,
    server: Server,
    sight: Sight,
    _pulse: tokio::sync::watch::Sender<rk9s::cluster::pulse::Pulse>,
}

/// A keeper of all containers of a pod, with so many bytes of spill.
fn kept(spill: u64) -> Kept {
    let (server, link) = server(None);
    let (shared, pulse) = Shared::new();
    let (tell, news) = mpsc::unbounded_channel();
    let tell = move |news| std::future::ready(tell.send(news).is_ok());
    let (asks, keeping) = keep((link, shared), want(Which::All, Run::Current), spill, tell);
    tokio::spawn(keeping);
    Kept { asks, news, server, sight: Sight::default(), _pulse: pulse }
}

impl Kept {
    fn ask(&self, ask: Ask) {
        self.asks.send(ask).unwrap();
    }

    fn look(&self, at: At) {
        self.ask(Ask::Look(Look { at, before: 20, after: 20 }));
    }

    async fn next(&mut self) -> News {
        timeout(crate::script::LONG, self.news.recv()).await.expect("nothing is told").unwrap()
    }

    async fn until(&mut self, right: impl Fn(&Sight) -> bool) {
        while !right(&self.sight) {
            if let News::Seen(sight) = self.next().await {
                let window = sight.window.clone().or(self.sight.window.take());
                self.sight = Sight { window, ..*sight };
            }
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.sight.window.iter().flat_map(|window| &window.lines).map(|line| line.text.as_str()).collect()
    }
}

fn two_containers() -> serde_json::Value {
    let status = |name: &str| json!({"name": name, "restartCount": 0, "state": running()});
    json!({
        "metadata": {"name": "orders", "uid": "uid"},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "api"}, {"name": "proxy"}]},
        "status": {"phase": "Running", "containerStatuses": [status("api"), status("proxy")]},
    })
}

#[tokio::test(start_paused = true)]
async fn what_containers_wrote_before_comes_in_the_order_of_its_times() {
    let mut kept = kept(1 << 20);
    kept.server.next().await.json(&two_containers());
    kept.look(At::End);
    let (a, b) = (kept.server.next().await, kept.server.next().await);
    let (a, b) = if a.has("container=api") { (a, b) } else { (b, a) };
    let (a, b) = (a.stream_of("text/plain", None), b.stream_of("text/plain", None));
    a.bytes([sent(1, "a1"), sent(3, "a3"), sent(5, "a5")].concat().as_bytes());
    b.bytes([sent(2, "b2"), sent(4, "b4")].concat().as_bytes());
    kept.until(|sight| sight.totals.next == 5).await;
    assert_eq!(kept.texts(), ["a1", "b2", "a3", "b4", "a5"]);
    assert_eq!(kept.sight.sources.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["api", "proxy"]);
    kept.ask(Ask::View(View { only: Some(1), ..View::default() }));
    kept.until(|sight| sight.totals.sifted && sight.totals.fitting == 2).await;
    b.bytes(sent(6, "b6").as_bytes());
    kept.until(|sight| sight.totals.fitting == 3).await;
    assert_eq!(kept.texts(), ["b2", "b4", "b6"]);
    kept.ask(Ask::Mark("mark".into()));
    kept.ask(Ask::Now);
    while kept.next().await != News::Said(Err("the log is not behind".into())) {}
}

#[tokio::test(start_paused = true)]
async fn all_lines_are_kept_behind_the_window_and_the_oldest_go_when_the_spill_is_full() {
    for (spill, lines) in [(64 << 20, 60_000u64), (1 << 20, 60_000)] {
        let mut kept = kept(spill);
        kept.server.next().await.json(&crate::pod("uid", 0, running()));
        let stream = kept.server.next().await.stream_of("text/plain", None);
        for thousand in 0..lines as i64 / 1_000 {
            let line =
                |n: i64| sent(n * 50, &format!("seq {n} of a producer that writes twenty thousand lines a second"));
            let text: String = (thousand * 1_000..(thousand + 1) * 1_000).map(line).collect();
            stream.bytes(text.as_bytes());
        }
        kept.look(At::End);
        kept.until(|sight| sight.totals.next == lines).await;
        assert!(kept.texts().last().unwrap().starts_with("seq 59999 "));
        let dropped = kept.sight.totals.dropped;
        assert_eq!(dropped > 0, spill < 8 << 20, "{dropped} lines were dropped");
        kept.look(At::Start);
        kept.until(|sight| sight.window.as_ref().is_some_and(|window| window.starts && !window.ends)).await;
        assert!(kept.texts()[0].starts_with(&format!("seq {dropped} ")), "{}", kept.texts()[0]);
        let sieve = Sieve::read("seq 50000 ").unwrap().unwrap();
        kept.ask(Ask::Seek { from: dropped, way: Way::Down, sieve });
        let found = loop {
            if let News::Found(found) = kept.next().await {
                break found;
            }
        };
        assert_eq!(found, Some(50_000));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_who_does_not_look() {
    let mut kept = kept(1 << 20);
    kept.server.next().await.json(&crate::pod("uid", 0, running()));
    let stream = kept.server.next().await.stream_of("text/plain", None);
    kept.look(At::End);
    stream.bytes(sent(1, "a").as_bytes());
    kept.until(|sight| sight.totals.next == 1).await;
    kept.ask(Ask::Rest);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    while kept.news.try_recv().is_ok() {}
    stream.bytes(sent(2, "b").as_bytes());
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(kept.news.try_recv().is_err());
    kept.look(At::End);
    kept.until(|sight| sight.totals.next == 2).await;
    assert_eq!(kept.texts(), ["a", "b"]);
}

/// Its lines are of 2026-05-28, and it does not stop to send them.
#[tokio::test(start_paused = true)]
async fn who_is_behind_is_told_so_and_goes_to_now_over_a_marked_gap() {
    let mut kept = kept(1 << 20);
    kept.server.next().await.json(&crate::pod("uid", 0, running()));
    let former = kept.server.next().await.stream_of("text/plain", None);
    kept.look(At::End);
    let mut written = 0;
    while kept.sight.behind.is_none() {
        former.bytes(sent(written * 100_000, &format!("seq {written}")).as_bytes());
        written += 1;
        kept.until(|sight| sight.totals.next == written as u64).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(written < 100, "it never says that it is behind");
    }
    let behind = kept.sight.behind.unwrap();
    let lag = jiff::Timestamp::now().as_second() - crate::START;
    assert!((lag - 70..=lag).contains(&behind), "{behind} of {lag}");
    kept.ask(Ask::Now);
    let again = kept.server.next().await;
    again.json(&crate::pod("uid", 0, running()));
    let call = kept.server.next().await;
    assert!(call.has("sinceSeconds=1") && call.has("follow=true"), "{}", call.uri);
    let stream = call.stream_of("text/plain", None);
    former.bytes(sent(written * 100_000, "what was left out").as_bytes());
    stream.bytes(sent(lag * 1_000_000, "seq now").as_bytes());
    kept.until(|sight| sight.totals.next == written as u64 + 2).await;
    let texts = kept.texts();
    let [.., before, gap, now] = texts.as_slice() else { panic!("{texts:?}") };
    assert_eq!((*before, *now), (format!("seq {}", written - 1).as_str(), "seq now"));
    assert!(gap.starts_with("gap: ") && gap.ends_with(" of the log left out, to be at this moment"), "{gap}");
    assert!(!texts.contains(&"what was left out"));
}
