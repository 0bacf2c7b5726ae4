//! A provider, as an administrator sets it up.

use crate::access::Role;
use crate::field::{FieldErrors, Problem, check_length, is_url};
use crate::id::ProviderId;
use serde::{Deserialize, Serialize};

/// Whose provider it is: what differs between them is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Anything that speaks OpenID Connect.
    Oidc,
    Github,
    Gitlab,
    Google,
    Microsoft,
}

impl ProviderKind {
    pub const ALL: [ProviderKind; 5] = [
        ProviderKind::Oidc,
        ProviderKind::Github,
        ProviderKind::Gitlab,
        ProviderKind::Google,
        ProviderKind::Microsoft,
    ];

    /// The word by which the kind is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            ProviderKind::Oidc => "oidc",
            ProviderKind::Github => "github",
            ProviderKind::Gitlab => "gitlab",
            ProviderKind::Google => "google",
            ProviderKind::Microsoft => "microsoft",
        }
    }

    /// The kind with this word.
    pub fn from_key(key: &str) -> Option<ProviderKind> {
        ProviderKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Where it is, unless the administrator says otherwise. Empty where there is no place for everybody.
    pub fn issuer(self) -> &'static str {
        match self {
            ProviderKind::Github => "https://github.com",
            ProviderKind::Gitlab => "https://gitlab.com",
            ProviderKind::Google => "https://accounts.google.com",
            ProviderKind::Oidc | ProviderKind::Microsoft => "",
        }
    }

    /// Whether its word that an e-mail address is verified is proof. Not with Microsoft: a tenant's administrator writes any address there.
    pub fn vouches(self) -> bool {
        self != ProviderKind::Microsoft
    }

    /// The claim in which it names groups.
    pub fn groups_claim(self) -> &'static str {
        match self {
            ProviderKind::Google => "hd",
            _ => "groups",
        }
    }
}

/// Members of this group, or of this organisation, have this role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRole {
    pub group: String,
    pub role: Role,
}

/// What decides who comes in by a provider, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub kind: ProviderKind,
    /// Strangers with a proven e-mail address become people here.
    pub joins: bool,
    /// With this role; also what a role that a group gave falls back to.
    pub join_role: Role,
    /// Domains of e-mail addresses that may join or be found by address; none: all.
    pub domains: Vec<String>,
    pub groups: Vec<GroupRole>,
    /// The claim in which groups are named.
    pub groups_claim: String,
}

impl Settings {
    /// Whether addresses of this domain may join. A domain is compared whole: `example.com` is not `evil-example.com`, nor `a.example.com`.
    pub fn admits_domain(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.is_empty()
            || self
                .domains
                .iter()
                .any(|admitted| admitted.eq_ignore_ascii_case(domain))
    }
}

/// A provider as it is kept, less its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub id: ProviderId,
    /// Its name in addresses. It never changes: the provider knows the address to come back to.
    pub slug: String,
    /// What stands on its button.
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub has_secret: bool,
    pub enabled: bool,
    pub settings: Settings,
    /// People who have signed in by it.
    pub people: i64,
    pub row_version: i32,
}

/// The form of a provider, as it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    pub slug: String,
    pub kind: String,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Empty: the one that is kept stays.
    pub client_secret: String,
    pub joins: String,
    pub join_role: String,
    /// Separated by commas or white space.
    pub domains: String,
    /// A line each: `group = role`.
    pub groups: String,
    pub groups_claim: String,
    pub row_version: i32,
}

impl Default for ProviderForm {
    fn default() -> Self {
        ProviderForm::new(ProviderKind::Oidc)
    }
}

impl ProviderForm {
    /// The ready settings of a kind.
    pub fn new(kind: ProviderKind) -> ProviderForm {
        let name = match kind {
            ProviderKind::Oidc => "Single sign-on",
            ProviderKind::Github => "GitHub",
            ProviderKind::Gitlab => "GitLab",
            ProviderKind::Google => "Google",
            ProviderKind::Microsoft => "Microsoft",
        };
        ProviderForm {
            slug: kind.key().into(),
            kind: kind.key().into(),
            name: name.into(),
            issuer: kind.issuer().into(),
            client_id: String::new(),
            client_secret: String::new(),
            joins: String::new(),
            join_role: Role::Viewer.key().into(),
            domains: String::new(),
            groups: String::new(),
            groups_claim: kind.groups_claim().into(),
            row_version: 0,
        }
    }

    /// A kept provider, to be edited.
    pub fn of(provider: &Provider) -> ProviderForm {
        let settings = &provider.settings;
        ProviderForm {
            slug: provider.slug.clone(),
            kind: settings.kind.key().into(),
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: String::new(),
            joins: if settings.joins { "true" } else { "" }.into(),
            join_role: settings.join_role.key().into(),
            domains: domains_text(&settings.domains),
            groups: groups_text(&settings.groups),
            groups_claim: settings.groups_claim.clone(),
            row_version: provider.row_version,
        }
    }

    /// What the form says, when it can be kept.
    ///
    /// # Errors
    /// Problems by field.
    pub fn read(&self) -> Result<Settings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let kind = ProviderKind::from_key(&self.kind);
        if kind.is_none() {
            errors.add("kind", Problem::Unknown);
        }
        let kind = kind.unwrap_or(ProviderKind::Oidc);
        if !is_slug(&self.slug) {
            errors.add("slug", Problem::Name);
        }
        check_length(&mut errors, "name", &self.name, 1, 40);
        check_issuer(&mut errors, kind, self.issuer.trim());
        check_length(&mut errors, "client_id", &self.client_id, 1, 300);
        if self.client_secret.len() > 2000 {
            errors.add("client_secret", Problem::TooLong { most: 2000 });
        }
        check_length(&mut errors, "groups_claim", &self.groups_claim, 1, 100);
        let role = Role::from_key(&self.join_role);
        if role.is_none() {
            errors.add("join_role", Problem::Unknown);
        }
        let domains = read_domains(&self.domains, &mut errors);
        let groups = read_groups(&self.groups, &mut errors);
        errors.into_result()?;
        Ok(Settings {
            kind,
            // Nobody joins by an address that is not proof.
            joins: self.joins == "true" && kind.vouches(),
            join_role: role.unwrap_or(Role::Viewer),
            domains,
            groups,
            groups_claim: self.groups_claim.trim().to_owned(),
        })
    }
}

/// A name in addresses: 2 to 40 of a-z, 0-9 and `-`, a letter first.
fn is_slug(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// By https, or on this machine: a token that travels in the open is anybody's.
fn check_issuer(errors: &mut FieldErrors, kind: ProviderKind, issuer: &str) {
    if issuer.is_empty() {
        errors.add("issuer", Problem::Missing);
    } else if !is_url(issuer) || issuer.contains(['?', '#', '@']) || !is_guarded(issuer) {
        errors.add("issuer", Problem::Url);
    } else if kind == ProviderKind::Microsoft {
        let shared = ["common", "organizations", "consumers"];
        if issuer.split('/').any(|part| shared.contains(&part)) {
            errors.add("issuer", Problem::Tenant);
        }
    }
}

fn is_guarded(issuer: &str) -> bool {
    issuer.strip_prefix("http://").is_none_or(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "[::1]") || name.starts_with("127.") && name.split('.').count() == 4
    })
}

fn read_domains(text: &str, errors: &mut FieldErrors) -> Vec<String> {
    let words = text.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let domains: Vec<String> = words.map(|word| word.trim_start_matches('@').to_lowercase()).collect();
    let fine = |domain: &String| {
        domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
    };
    if domains.len() > 100 {
        errors.add(
            "domains",
            Problem::Range {
                least: 0.0,
                most: 100.0,
            },
        );
    } else if !domains.iter().all(fine) {
        errors.add("domains", Problem::Unknown);
    }
    domains
}

fn read_groups(text: &str, errors: &mut FieldErrors) -> Vec<GroupRole> {
    let mut rules = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        // The last sign divides: a group's name may hold one.
        let rule = line.rsplit_once('=').and_then(|(group, role)| {
            let role = Role::from_key(role.trim())?;
            let group = group.trim();
            (!group.is_empty() && group.len() <= 200).then(|| GroupRole {
                group: group.to_owned(),
                role,
            })
        });
        match rule {
            Some(rule) if rules.len() < 200 => rules.push(rule),
            _ => errors.add("groups", Problem::Groups { line: number }),
        }
    }
    rules
}

/// Domains as the form takes them.
pub fn domains_text(domains: &[String]) -> String {
    domains.join(", ")
}

/// Groups as the form takes them.
pub fn groups_text(groups: &[GroupRole]) -> String {
    let lines = groups
        .iter()
        .map(|rule| format!("{} = {}", rule.group, rule.role.key()));
    lines.collect::<Vec<_>>().join("\n")
}
