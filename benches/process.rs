//! What Linux tells of a process: its peak of memory and its use of the processor.

use std::time::Duration;

/// `VmHWM` of a process, in MB.
pub fn peak_mb(pid: u32) -> f64 {
    status_mb(pid, "VmHWM:")
}

/// `VmRSS` of a process, in MB.
pub fn now_mb(pid: u32) -> f64 {
    status_mb(pid, "VmRSS:")
}

fn status_mb(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0");
    line.split_whitespace().next().unwrap_or("0").parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// The share of one core that a process uses during `time`, in percent.
pub fn percent_of_a_core(pid: u32, time: Duration) -> f64 {
    let before = seconds(pid);
    std::thread::sleep(time);
    (seconds(pid) - before) / time.as_secs_f64() * 100.0
}

/// The processor time of a process so far, in seconds, summed over its threads; the scheduler counts nanoseconds.
/// Threads that have ended are missing; rk9s keeps its own.
pub fn seconds(pid: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let spent = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e9
}
