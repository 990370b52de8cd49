//! Several targets, each with its own number: one field holds them all, in the order of the targets.

use crate::actions::{Field, Kind, Values};

/// The fields for all targets. Numbers that differ stand beside each other.
pub fn together(all: &[Vec<Field>]) -> Vec<Field> {
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    let together = |(at, field): (usize, &Field)| {
        if field.kind != Kind::Number || others.is_empty() {
            return field.clone();
        }
        let others = others.iter().filter_map(|fields| fields.get(at)).map(|field| field.value.as_str());
        let values: Vec<&str> = std::iter::once(field.value.as_str()).chain(others).collect();
        let alike = values.iter().all(|value| *value == field.value);
        let value = if alike { field.value.clone() } else { values.join(" ") };
        Field { kind: Kind::Numbers, value, ..field.clone() }
    };
    first.iter().enumerate().map(together).collect()
}

/// The values for one of the targets.
pub fn apart(fields: &[Field], values: &Values, at: usize, many: usize) -> Result<Values, String> {
    let mut values = values.clone();
    for field in fields.iter().filter(|field| field.kind == Kind::Number && many > 1) {
        let Some(value) = values.get_mut(field.name) else { continue };
        let numbers: Vec<&str> = value.split_whitespace().collect();
        let own = match numbers.as_slice() {
            [one] => (*one).to_owned(),
            each if each.len() == many => each.get(at).copied().unwrap_or_default().to_owned(),
            each => return Err(format!("{} numbers for {many} objects: one for all, or one for each", each.len())),
        };
        *value = own;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_its_own_number_or_all_have_one() {
        let field = |value: &str| Field { name: "replicas", kind: Kind::Number, value: value.into() };
        let all = together(&[vec![field("2")], vec![field("5")]]);
        assert_eq!((all[0].value.as_str(), &all[0].kind), ("2 5", &Kind::Numbers));
        assert_eq!(together(&[vec![field("2")], vec![field("2")]])[0].value, "2");
        assert_eq!(together(&[vec![field("2")]])[0].kind, Kind::Number);
        let own = |typed: &str, at| {
            apart(&[field("")], &[("replicas".to_owned(), typed.to_owned())].into(), at, 2)
                .map(|mut v| v.remove("replicas").unwrap())
        };
        assert_eq!((own("3", 1), own("3 7", 1)), (Ok("3".into()), Ok("7".into())));
        assert!(own("1 2 3", 0).unwrap_err().contains("3 numbers for 2 objects"));
    }
}
