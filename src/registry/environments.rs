//! What a flag serves, by environment. Owns a map that is small for the one or two environments that most flags have, of which
//! a registry may have a hundred thousand; sorted by name, as everything that is reported.

use super::model::EnvironmentState;

/// States by the names of their environments; `*` stands for every environment.
#[derive(Clone, Debug, Default)]
pub struct Environments(Vec<(String, Box<EnvironmentState>)>);

impl Environments {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(name))
    }

    /// The state of an environment.
    pub fn get(&self, name: &str) -> Option<&EnvironmentState> {
        self.place(name).ok().map(|at| &*self.0[at].1)
    }

    /// The state of an environment, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut EnvironmentState> {
        self.place(name).ok().map(|at| &mut *self.0[at].1)
    }

    /// Whether there is a state of that environment.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Sets the state of an environment. Yields the one that it had.
    pub fn insert(&mut self, name: String, state: EnvironmentState) -> Option<EnvironmentState> {
        match self.place(&name) {
            Ok(at) => Some(std::mem::replace(&mut *self.0[at].1, state)),
            Err(at) => {
                if self.0.is_empty() {
                    // Without it there would be room for four.
                    self.0.reserve_exact(1);
                }
                self.0.insert(at, (name, Box::new(state)));
                None
            }
        }
    }

    /// Sets the state of an environment that has none.
    pub fn insert_new(&mut self, name: String, state: impl FnOnce() -> EnvironmentState) {
        if !self.contains_key(&name) {
            self.insert(name, state());
        }
    }

    /// Takes the state of an environment out.
    pub fn remove(&mut self, name: &str) -> Option<EnvironmentState> {
        self.place(name).ok().map(|at| *self.0.remove(at).1)
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The states, sorted by name.
    pub fn values(&self) -> impl Iterator<Item = &EnvironmentState> {
        self.0.iter().map(|(_, state)| &**state)
    }

    /// The states, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut EnvironmentState> {
        self.0.iter_mut().map(|(_, state)| &mut **state)
    }

    /// Names and states, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &EnvironmentState)> {
        self.0.iter().map(|(name, state)| (name, &**state))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::ops::Index<&str> for Environments {
    type Output = EnvironmentState;

    /// # Panics
    /// When there is no such environment.
    fn index(&self, name: &str) -> &EnvironmentState {
        self.get(name).expect("whoever indexes knows that it is there")
    }
}

impl<'e> IntoIterator for &'e Environments {
    type Item = (&'e String, &'e EnvironmentState);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'e, (String, Box<EnvironmentState>)>,
        fn(&'e (String, Box<EnvironmentState>)) -> (&'e String, &'e EnvironmentState),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, state)| (name, &**state))
    }
}

impl Extend<(String, EnvironmentState)> for Environments {
    fn extend<I: IntoIterator<Item = (String, EnvironmentState)>>(&mut self, states: I) {
        for (name, state) in states {
            self.insert(name, state);
        }
    }
}

impl IntoIterator for Environments {
    type Item = (String, EnvironmentState);
    type IntoIter = std::iter::Map<
        std::vec::IntoIter<(String, Box<EnvironmentState>)>,
        fn((String, Box<EnvironmentState>)) -> (String, EnvironmentState),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(name, state)| (name, *state))
    }
}

impl FromIterator<(String, EnvironmentState)> for Environments {
    fn from_iter<I: IntoIterator<Item = (String, EnvironmentState)>>(states: I) -> Self {
        let mut all = Self::default();
        all.extend(states);
        all
    }
}

impl<const N: usize> From<[(String, EnvironmentState); N]> for Environments {
    fn from(states: [(String, EnvironmentState); N]) -> Self {
        states.into_iter().collect()
    }
}
