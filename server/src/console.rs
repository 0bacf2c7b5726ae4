//! What whoever stands at the machine can do for people who can't come in.

use crate::config::{StoreSettings, address};
use clap::Subcommand;
use domain::identity::Refusal;
use std::net::SocketAddr;
use store::access::Opened;
use store::{Error, Rule};

/// `slipway admin …`
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Give somebody a link for a new password, that works once and for 30 minutes; what locked them out is forgotten
    Reset {
        /// The e-mail address by which the person signs in
        email: String,
        /// Switch passwords on again for everybody, where they are off: the way in when the last provider is lost
        #[arg(long)]
        allow_passwords: bool,
        /// Address by which people reach this instance
        #[arg(long, env = "SLIPWAY_PUBLIC_URL")]
        public_url: Option<String>,
        /// Address that the server listens on, where there is no public one
        #[arg(long, env = "SLIPWAY_LISTEN", default_value = "127.0.0.1:3000")]
        listen: SocketAddr,
        #[command(flatten)]
        store: StoreSettings,
    },
}

/// Does what was asked at the console. A server may run meanwhile, also on a private database.
///
/// # Errors
/// One sentence.
pub async fn run(command: Admin) -> Result<(), String> {
    let Admin::Reset {
        email,
        allow_passwords,
        public_url,
        listen,
        mut store,
    } = command;
    if store.database_url.is_none() {
        store.database_url = crate::postgres::running(&store.data);
    }
    let (db, embedded) = crate::serve::open(&store).await?;
    let opened = store::access::reset_at_console(&db, &email, allow_passwords).await;
    db.close().await;
    crate::serve::stop(embedded).await;
    let opened = opened.map_err(|error| refused(&error, &email))?;
    crate::say(&told(&opened, &address(public_url.as_deref(), listen)));
    Ok(())
}

fn told(opened: &Opened, address: &str) -> String {
    let switched = match opened.switched_on {
        true => "Passwords are switched on again for everybody.\n",
        false => "",
    };
    format!(
        "{switched}{} sets a new password here, once, within 30 minutes:\n{address}/reset/{}\nThe link is shown this once, and is kept nowhere.",
        opened.name, opened.token
    )
}

fn refused(error: &Error, email: &str) -> String {
    match error {
        Error::NotFound => format!("Nobody on this instance signs in by {email}."),
        Error::Rule(Rule::Identity(Refusal::Deactivated)) => {
            format!("The account of {email} is deactivated: an administrator can let them in again.")
        }
        Error::Rule(Rule::PasswordsOff) => {
            "Passwords are switched off on this instance, so a new one would open nothing. Add --allow-passwords to switch them on again for everybody."
                .to_owned()
        }
        error => format!("Nothing was changed: {error}."),
    }
}
