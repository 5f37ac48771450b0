/// The address that a user typed, and how the program writes it into connect and publish.
#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    /// Application and name.
    pub(super) path: String,
    /// At which slash of the path a query stands, or behind all of it, counted round.
    pub(super) query_at: Option<usize>,
    /// At which slash it is cut into application and name, counted round; 0 and one more than there
    /// are: all of it is the name, or the application.
    pub(super) cut_at: Option<usize>,
    /// What stands behind it.
    pub(super) ending: &'static str,
}

/// With a slash in it, at which a program may cut.
const QUERY: &str = "?user=a&pass=b/c";

impl Address {
    pub(super) fn new(app: &str, name: &str) -> Self {
        let path = format!("{app}/{name}");
        Self {
            path: path.trim_matches('/').to_owned(),
            ..Self::default()
        }
    }

    /// Application and name; none if they are those of the recording.
    pub(super) fn app_and_name(&self) -> Option<(String, String)> {
        if self.query_at.is_none() && self.cut_at.is_none() && self.ending.is_empty() {
            return None;
        }
        let mut whole = self.path.clone();
        if let Some(place) = self.query_at {
            let mut places = slashes(&whole);
            places.push(whole.len());
            whole.insert_str(places[place % places.len()], QUERY);
        }
        whole.push_str(self.ending);
        let slashes = slashes(&whole);
        let cut = self.cut_at.unwrap_or(slashes.len());
        Some(match cut % (slashes.len() + 2) {
            0 => (String::new(), whole),
            cut => match slashes.get(cut - 1) {
                Some(slash) => (whole[..*slash].to_owned(), whole[slash + 1..].to_owned()),
                None => (whole, String::new()),
            },
        })
    }
}

fn slashes(text: &str) -> Vec<usize> {
    text.match_indices('/').map(|(at, _)| at).collect()
}
