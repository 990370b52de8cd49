//! What the shop's containers write, by the name of their template.
//!
//! Words in braces are thrown anew for each line: `{ts}` the time, `{id}` a trace, `{ms}` a duration, `{n}` a count, `{path}` and `{status}` of a
//! request, `{sku}` an article, `{order}` an order, `{ip}` a client.

/// What one kind of container writes.
#[derive(Debug)]
pub struct Template {
    pub name: &'static str,
    /// Milliseconds from line to line, about.
    pub period: i64,
    /// Written when it starts.
    pub first: &'static [&'static str],
    /// Some of these ever after.
    pub lines: &'static [&'static str],
    /// Written when it ends by itself.
    pub last: &'static [&'static str],
}

/// The template of a name; one for all others.
pub fn find(name: &str) -> &'static Template {
    TEMPLATES.iter().find(|own| own.name == name).unwrap_or(&USUAL)
}

const USUAL: Template = Template {
    name: "",
    period: 15_000,
    first: &["{ts} starting", "{ts} listening on :8080"],
    lines: &["{ts} tick {n}", "{ts} served {n} requests in the last minute", "{ts} cache: {n} entries"],
    last: &["{ts} stopping"],
};

const TEMPLATES: &[Template] = &[
    Template {
        name: "web",
        period: 1_500,
        first: &[
            "/docker-entrypoint.sh: Configuration complete; ready for start up",
            "{ts} [notice] 1#1: start worker processes",
        ],
        lines: &[
            "{ip} - - \"GET {path} HTTP/1.1\" {status} {n} \"-\" \"Mozilla/5.0\" {ms}ms",
            "{ip} - - \"GET {path} HTTP/1.1\" {status} {n} \"https://shop.example.com/\" \"Mozilla/5.0\" {ms}ms",
            "{ip} - - \"POST /api/cart HTTP/1.1\" 201 {n} \"-\" \"Mozilla/5.0\" {ms}ms",
        ],
        last: &["{ts} [notice] 1#1: exiting"],
    },
    Template {
        name: "gateway",
        period: 900,
        first: &["{\"ts\":\"{ts}\",\"level\":\"info\",\"msg\":\"gateway 2.7.1 listens\",\"addr\":\":8080\"}"],
        lines: &[
            "{\"ts\":\"{ts}\",\"level\":\"info\",\"msg\":\"request\",\"path\":\"{path}\",\"status\":{status},\"ms\":{ms},\"trace\":\"{id}\"}",
            "{\"ts\":\"{ts}\",\"level\":\"info\",\"msg\":\"request\",\"path\":\"/api/orders\",\"upstream\":\"orders\",\"status\":200,\"ms\":{ms},\"trace\":\"{id}\"}",
            "{\"ts\":\"{ts}\",\"level\":\"warn\",\"msg\":\"upstream slow\",\"upstream\":\"recommendations\",\"ms\":1{ms},\"trace\":\"{id}\"}",
        ],
        last: &["{\"ts\":\"{ts}\",\"level\":\"info\",\"msg\":\"draining\"}"],
    },
    Template {
        name: "catalog",
        period: 4_000,
        first: &["{ts} INFO  catalog: loading articles", "{ts} INFO  catalog: 48211 articles in 1.9 s"],
        lines: &[
            "{ts} INFO  catalog: lookup {sku} {ms} ms",
            "{ts} INFO  catalog: price of {sku} changed",
            "{ts} DEBUG catalog: cache hit {sku}",
        ],
        last: &["{ts} INFO  catalog: bye"],
    },
    Template {
        name: "cart",
        period: 3_000,
        first: &["{ts} cart 1.12.0, redis at redis.data:6379"],
        lines: &["{ts} add {sku} cart={id}", "{ts} remove {sku} cart={id}", "{ts} WARN redis took {ms} ms cart={id}"],
        last: &["{ts} shut down"],
    },
    Template {
        name: "orders",
        period: 3_500,
        first: &[
            "{ts} INFO orders starting",
            "{ts} INFO database connected, 3 migrations already applied",
            "{ts} INFO listening on :8080",
        ],
        lines: &[
            "{ts} INFO order {order} placed, {n} cents",
            "{ts} INFO order {order} paid in {ms} ms",
            "{ts} INFO order {order} sent to warehouse",
        ],
        last: &["{ts} INFO stopping, queue is empty"],
    },
    Template {
        name: "orders-broken",
        period: 60_000,
        first: &["{ts} INFO orders 1.9.0 starting", "{ts} INFO reading database settings from /etc/app/db.yaml"],
        lines: &[],
        last: &[
            "{ts} ERROR cannot read /etc/app/db.yaml: no such file or directory",
            "{ts} FATAL no database settings (DB_USER and DB_PASSWORD are no longer read, see the notes of 1.9.0)",
        ],
    },
    Template {
        name: "checkout",
        period: 5_000,
        first: &["{ts} checkout up"],
        lines: &[
            "{ts} checkout {order} ok {ms} ms",
            "{ts} checkout {order} payment authorised",
            "{ts} checkout {order} left by customer",
        ],
        last: &["{ts} checkout down"],
    },
    Template {
        name: "checkout-stuck",
        period: 10_000,
        first: &["{ts} checkout 2.4.1 up", "{ts} using payments API v2"],
        lines: &[
            "{ts} WARN readiness: GET http://payments.payments/v2/health: 404 Not Found",
            "{ts} WARN not ready: payments API v2 is not answering, trying again in 10 s",
        ],
        last: &["{ts} checkout down"],
    },
    Template {
        name: "search",
        period: 6_000,
        first: &["{ts} [INFO ] index opened, 48211 documents"],
        lines: &["{ts} [INFO ] query took {ms} ms, {n} hits", "{ts} [INFO ] merged segment, {n} documents"],
        last: &["{ts} [INFO ] index closed"],
    },
    Template {
        name: "search-debug",
        period: 25,
        first: &["{ts} [INFO ] index opened, 48211 documents", "{ts} [WARN ] log level is DEBUG"],
        lines: &[
            "{ts} [DEBUG] posting list {id}: skip to {n}",
            "{ts} [DEBUG] score {sku} = 0.{n}",
            "{ts} [DEBUG] cache miss for term {id}",
            "{ts} [DEBUG] segment {n}: {n} postings in {ms} us",
            "{ts} [INFO ] query took {ms} ms, {n} hits",
        ],
        last: &["{ts} [INFO ] index closed"],
    },
    Template {
        name: "recommendations",
        period: 8_000,
        first: &["{ts} INFO model loaded", "{ts} INFO serving"],
        lines: &[
            "{ts} INFO {n} recommendations in {ms} ms",
            "{ts} INFO keeping {n} more articles in memory",
            "{ts} WARN memory is at {n} of 256 MiB",
        ],
        last: &[],
    },
    Template {
        name: "payments",
        period: 4_500,
        first: &["{\"time\":\"{ts}\",\"level\":\"INFO\",\"msg\":\"payments ready\",\"acquirer\":\"ok\"}"],
        lines: &[
            "{\"time\":\"{ts}\",\"level\":\"INFO\",\"msg\":\"authorised\",\"order\":\"{order}\",\"ms\":{ms}}",
            "{\"time\":\"{ts}\",\"level\":\"INFO\",\"msg\":\"captured\",\"order\":\"{order}\",\"cents\":{n}}",
            "{\"time\":\"{ts}\",\"level\":\"WARN\",\"msg\":\"declined\",\"order\":\"{order}\",\"code\":\"51\"}",
        ],
        last: &["{\"time\":\"{ts}\",\"level\":\"INFO\",\"msg\":\"waiting for open authorisations\"}"],
    },
    Template {
        name: "ledger",
        period: 9_000,
        first: &["{ts} ledger opens its books"],
        lines: &["{ts} booked {order} {n}", "{ts} balanced {n} entries in {ms} ms"],
        last: &["{ts} books closed"],
    },
    Template {
        name: "postgres",
        period: 30_000,
        first: &[
            "{ts} UTC [1] LOG:  starting PostgreSQL 17.2",
            "{ts} UTC [1] LOG:  database system is ready to accept connections",
        ],
        lines: &[
            "{ts} UTC [61] LOG:  checkpoint starting: time",
            "{ts} UTC [61] LOG:  checkpoint complete: wrote {n} buffers; write={ms} ms",
            "{ts} UTC [{n}] LOG:  duration: 1{ms}.0 ms  statement: SELECT * FROM orders WHERE customer = $1",
        ],
        last: &["{ts} UTC [1] LOG:  received fast shutdown request", "{ts} UTC [1] LOG:  database system is shut down"],
    },
    Template {
        name: "report",
        period: 6_000,
        first: &["{ts} report of the last twelve hours"],
        lines: &["{ts} read {n} orders", "{ts} page {n} written"],
        last: &["{ts} sent to sales@example.com", "{ts} done"],
    },
    Template {
        name: "reindex",
        period: 5_000,
        first: &["{ts} reindex: 48211 documents to go"],
        lines: &["{ts} reindex: {n} documents"],
        last: &["{ts} reindex: document {sku}: field \"price\" is not a number", "{ts} reindex: giving up"],
    },
    Template {
        name: "crash",
        period: 60_000,
        first: &["{ts} starting"],
        lines: &[],
        last: &["thread 'main' panicked at src/main.rs:42:17:", "index out of bounds: the len is 0 but the index is 0"],
    },
];
