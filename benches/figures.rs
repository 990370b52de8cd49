//! Figures of a bench: each printed as a line of JSON when it comes, and a table of medians at the end.

/// Figures by name, in the order in which they first came.
#[derive(Default)]
pub struct Figures {
    taken: Vec<(String, Vec<f64>)>,
    /// The first round warms the machine and does not count.
    pub warming: bool,
}

impl Figures {
    pub fn add(&mut self, name: &str, value: f64) {
        if self.warming {
            return;
        }
        println!("{}", serde_json::json!({ "figure": name, "value": (value * 1000.0).round() / 1000.0 }));
        match self.taken.iter_mut().find(|(own, _)| own == name) {
            Some((_, values)) => values.push(value),
            None => self.taken.push((name.into(), vec![value])),
        }
    }

    /// Adds the median, the 99th percentile and the largest of many times, in milliseconds.
    pub fn spread(&mut self, name: &str, mut times: Vec<f64>) {
        times.sort_by(f64::total_cmp);
        self.add(&format!("{name}, median ms"), middle(&times));
        self.add(&format!("{name}, 99th percentile ms"), times[times.len() * 99 / 100]);
        self.add(&format!("{name}, largest ms"), times[times.len() - 1]);
    }

    /// The table, and how one figure's median compares with another's.
    pub fn print(&mut self, ratios: &[(&str, &str)]) {
        println!("\n{:<42} {:>10} {:>10} {:>10} {:>5}", "", "median", "min", "max", "runs");
        for (name, values) in &mut self.taken {
            values.sort_by(f64::total_cmp);
            let (least, most) = (values[0], values[values.len() - 1]);
            println!("{name:<42} {:>10.2} {least:>10.2} {most:>10.2} {:>5}", middle(values), values.len());
        }
        for (one, other) in ratios {
            if let (Some(above), Some(below)) = (self.median(one), self.median(other)) {
                println!("{:<42} {:>9.2}x", format!("{one} / {other}"), above / below);
            }
        }
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.taken.iter().find(|(own, _)| own == name).map(|(_, values)| middle(values))
    }
}

/// The median of sorted values.
fn middle(values: &[f64]) -> f64 {
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}
