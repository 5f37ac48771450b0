/// Work that is the same each time.
pub struct Case {
    /// What is measured, and with what, such as `chunks/128`.
    pub name: &'static str,
    /// What the work consists of, such as "message".
    pub unit: &'static str,
    /// How many of them the work is.
    pub units: usize,
    work: Box<dyn FnMut() -> usize>,
}

impl Case {
    /// `work` says how many units it got done.
    pub(crate) fn new(
        name: &'static str,
        unit: &'static str,
        units: usize,
        work: impl FnMut() -> usize + 'static,
    ) -> Self {
        Self {
            name,
            unit,
            units,
            work: Box::new(work),
        }
    }

    /// Does the work, and says whether all of it was done.
    pub fn work(&mut self) -> bool {
        (self.work)() == self.units
    }

    /// The same, counted: callgrind knows this function by its name.
    #[inline(never)]
    pub fn counted_work(&mut self) -> bool {
        self.work()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_does_its_work_again_and_again() {
        for mut case in crate::all() {
            for _ in 0..3 {
                assert!(case.work(), "{}", case.name);
            }
        }
    }

    #[test]
    fn names_differ() {
        let names: std::collections::BTreeSet<_> =
            crate::all().into_iter().map(|case| case.name).collect();
        assert_eq!(names.len(), crate::all().len());
    }
}
