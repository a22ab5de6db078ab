//! The language of errors: English, or Chinese for what to do next.

mod chinese;

use clap::ValueEnum;
use lifeboat_bindings::errors;

/// Variable that chooses the language.
const VARIABLE: &str = "LIFEBOAT_LANG";
/// Where a system says which language its user reads, the strongest first (POSIX).
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A language that errors are printed in. JSON carries both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// What `--lang` says, else `LIFEBOAT_LANG`, else the system's locale, else English.
    pub fn choose(option: Option<Self>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let of = |name: &str| variable(name).filter(|value| !value.is_empty());
        let named = |value: String| if value.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En };
        option.or_else(|| of(VARIABLE).or_else(|| LOCALE.into_iter().find_map(of)).map(named)).unwrap_or(Self::En)
    }

    /// What an unread command line says: for errors about the command line itself.
    #[must_use]
    pub fn in_arguments(arguments: &[std::ffi::OsString]) -> Option<Self> {
        let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
        let value = texts.find_map(|text| match text.strip_prefix("--lang") {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix('=').map(Some),
            None => None,
        })?;
        Self::from_str(value.or_else(|| texts.next())?, true).ok()
    }
}

/// What to do next about an error, in Chinese. `None`: an id of nobody's.
#[must_use]
pub fn next_in_chinese(id: &str) -> Option<&'static str> {
    let own = || chinese::NEXT.iter().find(|(own, _)| *own == id).map(|(_, next)| *next);
    errors::advice(id).map(|advice| advice.next_zh).or_else(own)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_option_counts_before_the_variable_before_the_locale() {
        let choose = |option, variables: &[(&str, &str)]| {
            Language::choose(option, |name| {
                variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let chinese = ("LANG", "zh_CN.UTF-8");
        assert_eq!(choose(None, &[]), Language::En);
        assert_eq!(choose(None, &[chinese]), Language::Zh);
        assert_eq!(choose(None, &[chinese, ("LC_ALL", "")]), Language::Zh);
        assert_eq!(choose(None, &[chinese, ("LC_ALL", "C")]), Language::En);
        assert_eq!(choose(None, &[chinese, ("LIFEBOAT_LANG", "en")]), Language::En);
        assert_eq!(choose(Some(Language::Zh), &[("LIFEBOAT_LANG", "en")]), Language::Zh);
    }

    #[test]
    fn the_option_is_found_in_a_command_line_that_makes_no_sense() {
        let find = |text: &str| Language::in_arguments(&text.split(' ').map(Into::into).collect::<Vec<_>>());
        assert_eq!(find("lifeboat sink --lang zh"), Some(Language::Zh));
        assert_eq!(find("lifeboat --lang=en sink"), Some(Language::En));
        for text in ["lifeboat sink", "lifeboat --lang", "lifeboat --lang tlh"] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
