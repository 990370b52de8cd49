//! The program: the command line of the library, and nothing else.

fn main() -> std::process::ExitCode {
    rk9s::cli::main()
}
