#![allow(missing_docs)]
use lifeboat_sim::campaign::{self, Plan, Where};
#[test]
fn dev() {
    let var = |k: &str, d: u64| std::env::var(k).map(|n| n.parse().unwrap()).unwrap_or(d);
    let backend = match std::env::var("B").as_deref() { Ok("anvil") => Where::Anvil, Ok("both") => Where::Both, _ => Where::Revm };
    let plan = Plan { backend, cases: var("N", 50), len: var("LEN", 200) as usize, seed: var("SEED", 1), jobs: var("JOBS", 1) as usize, time: None };
    let r = campaign::run(&plan, |_| ()).unwrap();
    eprintln!("{} cases {} steps {:.2} s digest {}", r.cases, r.steps, r.seconds, r.digest);
    for f in &r.findings { let s = f.script(); eprintln!("## {}", &s[..s.len().min(6000)]); }
    if std::env::var("COVER").is_ok() { for r in r.coverage.rows() { eprintln!("{r:?}"); } }
    eprintln!("MISSING {:#?}", r.coverage.missing());
}
