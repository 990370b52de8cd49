//! The command line: what may be said, and what each command does with it.
//!
//! It decides nothing about clusters or screens; it starts the console, prints a snapshot, or checks a connection.

mod demo;
mod info;
pub mod snapshot;

use crate::app::App;
use crate::app::line::{self, Go, Line};
use crate::app::msg::Now;
use crate::app::subject::{Of, Scope, Subject};
use crate::app::themes::Themes;
use crate::cluster::connect::Request;
use crate::config::texts::{Config, Texts};
use crate::config::{Forced, Settings, load};
use crate::demo::server::Soon;
use crate::engine;
use crate::keys::Keymap;
use crate::theme;
use crate::theme::depth::Depth;
use clap::{Args, Parser, Subcommand};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A terminal console for Kubernetes clusters.
#[derive(Debug, Parser)]
#[command(name = "rk9s", version, args_conflicts_with_subcommands = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    view: View,
    #[command(flatten)]
    global: Global,
}

/// Commands beside the console itself.
#[derive(Debug, Subcommand)]
enum Command {
    /// Print a table once and exit
    Snapshot {
        #[command(flatten)]
        view: View,
        /// How to print: wide or csv (rows), json or yaml (objects as the server sent them; secret values are masked)
        #[arg(short, long, value_name = "FORMAT")]
        output: Option<snapshot::Output>,
        /// Print secret values, too (json and yaml)
        #[arg(long)]
        reveal: bool,
        /// Give up after so many seconds
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        timeout: u64,
    },
    /// Connect step by step and say what works and what does not
    ///
    /// Exit codes: 0 all is well, 2 no usable kubeconfig, 3 the server is not reached, 4 it does not take the credentials,
    /// 5 connected, but not everything is well.
    Check,
    /// Where settings and memory are kept, and which files are in force
    Info,
    /// Print a script that completes arguments: put it where your shell looks for them
    Completion {
        /// The shell to complete in
        shell: clap_complete::Shell,
    },
    /// The embedded cluster, without the console
    #[command(subcommand)]
    Demo(demo::Demo),
}

/// What to show.
#[derive(Debug, Default, Args)]
struct View {
    /// A kind, and an object to put the cursor on: pods, deploy/web; then as after `:`, e.g. -l SELECTOR /FILTER
    #[arg(value_name = "KIND[/NAME]")]
    words: Vec<String>,
    /// One or more namespaces, separated by commas
    #[arg(short, long, value_name = "NS[,NS]")]
    namespace: Option<String>,
    /// All namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// A label selector, applied by the server
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
}

/// Where the cluster is, and who we are there.
#[derive(Debug, Args)]
struct Global {
    /// A cluster in this process, with a company's life in it, instead of a real one
    #[arg(long, global = true, conflicts_with = "kubeconfig")]
    demo: bool,
    /// The kubeconfig's context to use
    #[arg(long, global = true)]
    context: Option<String>,
    /// The kubeconfig to read, instead of KUBECONFIG and ~/.kube/config
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The kubeconfig's cluster to use
    #[arg(long, global = true)]
    cluster: Option<String>,
    /// The kubeconfig's user to be
    #[arg(long, global = true)]
    user: Option<String>,
    /// Impersonate a user
    #[arg(long = "as", global = true, value_name = "USER")]
    as_user: Option<String>,
    /// Impersonate a group; may be given more than once
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    as_groups: Vec<String>,
    /// Refuse everything that could change the cluster
    #[arg(long, global = true, conflicts_with = "write")]
    readonly: bool,
    /// Allow changes where the settings say read-only
    #[arg(long, global = true)]
    write: bool,
    /// The colours: a built-in theme, or one of your themes/NAME.yaml
    #[arg(long, global = true, value_name = "NAME")]
    theme: Option<String>,
    /// Write a log to this file (private to you)
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Runs the program and says how it ended: 0 well, 1 not, 2 wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(e) = start_log(&cli.global) {
        return fail(&format!("the log cannot be written: {e}"), 2);
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { said, code }) => fail(&said, code),
    }
}

/// Why a command ended without success.
#[derive(Debug)]
pub struct Failure {
    pub said: String,
    pub code: u8,
}

impl Failure {
    pub fn new(said: impl Into<String>) -> Self {
        Self { said: said.into(), code: 1 }
    }
    fn usage(said: impl Into<String>) -> Self {
        Self { said: said.into(), code: 2 }
    }
}

fn fail(said: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "rk9s: {said}");
    ExitCode::from(code)
}

fn run(cli: Cli) -> Result<(), Failure> {
    let texts = load::texts();
    let forced = match (cli.global.readonly, cli.global.write) {
        (true, _) => Forced::ReadOnly,
        (_, true) => Forced::Write,
        _ => Forced::Nothing,
    };
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let settings = Settings { forced, plain, ..Settings::default() };
    let before = Config { settings, ..Config::default() };
    let config = texts.config(&before);
    if let Some(told) = info::answer(cli.command.as_ref(), &texts, &config) {
        return told.map_err(|e| Failure::new(format!("standard output: {e}")));
    }
    let settings = config.settings;
    let mut request = request(&cli.global);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(format!("the runtime does not start: {e}")))?;
    let inside = runtime.enter();
    let cluster = cli.global.demo.then(demo::begin);
    request.embedded = cluster.as_ref().map(demo::embedded);
    drop(inside);
    let result = match cli.command {
        Some(Command::Demo(demo)) => runtime.block_on(demo::run(demo)),
        Some(Command::Snapshot { view, output, reveal, timeout }) => {
            let go = go_of(&view, &settings)?
                .ok_or_else(|| Failure::usage("snapshot needs a kind: `rk9s snapshot pods -A`"))?;
            let snapshot = snapshot::Snapshot { request, settings, go, output, reveal, timeout };
            runtime.block_on(snapshot::run(snapshot))
        }
        // Answered before anything was started.
        Some(Command::Info | Command::Completion { .. }) => Ok(()),
        Some(Command::Check) => runtime.block_on(check(&request)),
        None => console(&runtime, (settings, texts), request, (&cli.view, cli.global.theme), cluster),
    };
    // Nothing that still waits for the network may keep the program.
    runtime.shutdown_background();
    result
}

async fn check(request: &Request) -> Result<(), Failure> {
    let verdict = crate::cluster::check::check(request, &mut io::stdout()).await;
    let code = verdict.map_err(|e| Failure::new(format!("standard output: {e}")))?.code();
    if code == 0 { Ok(()) } else { Err(Failure { said: "not all is well, see above".into(), code }) }
}

fn console(
    runtime: &tokio::runtime::Runtime,
    (settings, texts): (Settings, Texts),
    request: Request,
    (view, theme): (&View, Option<String>),
    cluster: Option<Soon>,
) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::usage("this is no terminal; `rk9s snapshot KIND` prints a table without one"));
    }
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    if env("TERM") == "dumb" {
        return Err(Failure::usage("this terminal is dumb (TERM); `rk9s snapshot KIND` prints a table without one"));
    }
    let depth = if settings.plain { Depth::Mono } else { Depth::of(&env("COLORTERM"), &env("TERM")) };
    let go = go_of(view, &settings)?;
    let go = go.or_else(|| remembered(&request)).unwrap_or_else(|| Go { kind: "pods".into(), ..Go::default() });
    let first = subject(&go);
    let mut app = App::new(settings, Keymap::default(), Now { wall: jiff::Timestamp::now().as_second(), mono: 0 });
    app.themes = themes(theme)?;
    app.configure(&texts);
    let namespaces = load::recall(load::NAMESPACES).and_then(|text| serde_yaml::from_str(&text).ok());
    app.remembered = namespaces.unwrap_or_default();
    if cluster.is_some() {
        app.demo = demo::entries();
    }
    let causes = cluster.map(demo::causes);
    let context = go.context.clone().or(request.context.clone());
    let start = engine::Start {
        app,
        depth,
        context,
        first,
        filter: go.filter,
        seek: go.name,
        request,
        notices: Vec::new(),
        causes,
    };
    runtime.block_on(engine::run(start)).map_err(|e| Failure::new(format!("the terminal: {e}")))
}

/// The themes that there are; one that is asked for by name must be usable.
fn themes(forced: Option<String>) -> Result<Themes, Failure> {
    let files = load::themes();
    if let Some(name) = &forced {
        theme::find(name, &files).map_err(|e| Failure::usage(e.to_string()))?;
    }
    let chosen = load::recall(load::CHOSEN_THEMES).and_then(|text| serde_yaml::from_str(&text).ok());
    let built_in = theme::library::BUILT_IN.iter().map(|(name, about, _)| (*name, *about));
    Ok(Themes { built_in: built_in.collect(), files, forced, chosen: chosen.unwrap_or_default(), revision: 0 })
}

/// The view that was last on the screen in the context that is asked for by name.
fn remembered(request: &Request) -> Option<Go> {
    let views: std::collections::BTreeMap<String, String> = serde_yaml::from_str(&load::recall(load::VIEWS)?).ok()?;
    let context = request.context.clone().or_else(|| crate::cluster::connect::current_context(request))?;
    match line::read(views.get(&context)?) {
        Ok(Line::Go(go)) => Some(go),
        _ => None,
    }
}

/// What the arguments ask to see; nothing if they name no kind.
fn go_of(view: &View, settings: &Settings) -> Result<Option<Go>, Failure> {
    if view.words.is_empty() {
        let scope = scope_of(view);
        return Ok(scope.map(|scope| Go { kind: "pods".into(), scope: Some(scope), ..Go::default() }));
    }
    let words: Vec<&str> = view.words.iter().map(String::as_str).collect();
    let mut go = match line::read(&line::expanded(settings, &words.join(" "))) {
        Ok(Line::Go(go)) => go,
        Ok(Line::Context(context)) => Go { kind: "contexts".into(), context, ..Go::default() },
        Ok(Line::Namespace(_)) => Go { kind: "namespaces".into(), ..Go::default() },
        Ok(Line::Theme(_)) => {
            return Err(Failure::usage("`theme` is a command of the console; `--theme NAME` is the argument"));
        }
        Ok(Line::Apply(_)) => return Err(Failure::usage("`apply` is a command of the console, not a kind")),
        Ok(Line::Verb(verb)) => {
            return Err(Failure::usage(format!("`{}` is a command of the console, not a kind", verb.id())));
        }
        Err(why) => return Err(Failure::usage(why)),
    };
    go.scope = scope_of(view).or(go.scope);
    go.labels = view.selector.clone().or(go.labels);
    Ok(Some(go))
}

fn scope_of(view: &View) -> Option<Scope> {
    if view.all_namespaces {
        return Some(Scope::All);
    }
    Scope::read(view.namespace.as_deref()?)
}

/// The subject of a view; without a namespace it is the context's own, known once the kubeconfig is read.
pub fn subject(go: &Go) -> Subject {
    let of = Of::named(&go.kind, None);
    let scope = match &go.scope {
        _ if !of.is_namespaced() => Scope::All,
        Some(scope) => scope.clone(),
        None => Scope::In(Vec::new()),
    };
    let mut subject = Subject::new(of, scope);
    (subject.labels, subject.fields) = (go.labels.clone(), go.fields.clone());
    subject.owner = go.owner.clone();
    subject
}

fn request(global: &Global) -> Request {
    Request {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        cluster: global.cluster.clone(),
        user: global.user.clone(),
        namespace: None,
        as_user: global.as_user.clone(),
        as_groups: global.as_groups.clone(),
        ..Request::default()
    }
}

/// The log goes to a file that only the user can read, never to the screen.
fn start_log(global: &Global) -> io::Result<()> {
    let Some(path) = &global.log_file else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let level = match global.verbose {
        0 => "rk9s=info",
        1 => "rk9s=debug,info",
        _ => "rk9s=trace,debug",
    };
    // kube logs whole bodies of answers it cannot read, and those may hold secrets.
    let filter = tracing_subscriber::EnvFilter::new(format!("{level},kube_client::client=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(file).with_ansi(false).init();
    Ok(())
}
