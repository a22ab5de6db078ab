//! Runs the `lifeboat` binary.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// One run of the command, with `--json`.
pub(crate) struct Run {
    arguments: String,
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `lifeboat --json ...`, without a terminal, with these environment variables only.
pub(crate) fn lifeboat(environment: &[(String, String)], arguments: &[&str]) -> Run {
    lifeboat_reading(Stdio::null(), environment, arguments)
}

/// The same, with something on standard input.
pub(crate) fn lifeboat_reading(input: impl Into<Stdio>, environment: &[(String, String)], arguments: &[&str]) -> Run {
    let Output { status, stdout, stderr } = command(environment, arguments).stdin(input).output().unwrap();
    let run = Run {
        arguments: arguments.join(" "),
        code: status.code().expect("not killed"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    };
    assert!(!run.stderr.contains("panicked"), "{}\n{}", run.arguments, run.stderr);
    run
}

/// `lifeboat --json ...` with these environment variables only.
pub(crate) fn command(environment: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.arg("--json").args(arguments).env_clear().envs(environment.iter().cloned());
    command
}

impl Run {
    /// The JSON document of a run that succeeded.
    pub(crate) fn done(&self) -> Value {
        assert_eq!(self.code, 0, "lifeboat {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The error of a run that refused, whose id and exit code must be these; it must say what to do next, and print no result.
    pub(crate) fn refused(&self, code: i32, id: &str) -> Value {
        assert_eq!(self.code, code, "lifeboat {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        assert!(self.stdout.is_empty(), "a refusal printed a result: {}", self.stdout);
        let last = self.stderr.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", self.stderr));
        let error = error["error"].clone();
        assert_eq!(error["id"], id, "lifeboat {}\n{}", self.arguments, self.stderr);
        for language in ["next", "next_zh"] {
            assert!(error[language].as_str().is_some_and(|next| !next.is_empty()), "{error}");
        }
        error
    }
}
