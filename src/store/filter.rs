//! stub until the text branch is merged
use std::borrow::Cow;
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    pub server_selector: Option<String>,
}
#[derive(Clone, Debug, PartialEq)]
pub struct FilterError {
    pub at: usize,
    pub message: String,
    pub hint: String,
}
pub enum Field<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Seconds(i64),
    Missing,
}
pub trait Subject {
    fn name(&self) -> &str;
    fn visible_text(&self, out: &mut String);
    fn field(&self, column: &str) -> Option<Field<'_>>;
    fn label(&self, key: &str) -> Option<&str>;
}
impl Filter {
    pub fn parse(text: &str, _known: &[&str]) -> Result<Self, FilterError> {
        Ok(Self { text: text.into(), server_selector: None })
    }
    pub fn matches(&self, s: &impl Subject) -> bool {
        let mut out = String::new();
        s.visible_text(&mut out);
        out.contains(&self.text)
    }
    pub fn narrows(&self, _p: &Filter) -> bool {
        false
    }
    pub fn highlights(&self, _s: &impl Subject) -> Vec<usize> {
        vec![]
    }
}
