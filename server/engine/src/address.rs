//! Which addresses may be asked: all but link-local ones, where clouds hand out credentials to whoever asks.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A metadata service that is not link-local.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

/// Whether requests to this address are refused.
pub fn refused(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => refused(IpAddr::V4(v4)),
            None => v6.is_unicast_link_local() || v6.is_multicast() || v6 == METADATA_V6,
        },
    }
}

/// Whether an address may be asked, as far as it shows without its name being resolved: a number in it, for names [`Resolver`] looks.
///
/// # Errors
/// One line for people, with the number that is refused.
pub fn check(url: &reqwest::Url) -> Result<(), String> {
    let literal = url
        .host_str()
        .and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    match literal.filter(|ip| refused(*ip)) {
        Some(ip) => Err(format!("{ip} may not be asked")),
        None => Ok(()),
    }
}

/// Resolves names as the system does, and leaves out what is refused: a name that points to such an address does not help.
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| !refused(address.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("{} has no address that may be asked", name.as_str()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_refused_however_they_are_written() {
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "224.0.0.1",
        ] {
            assert!(refused(address.parse().unwrap()), "{address}");
        }
        assert!(check(&"http://[::ffff:a9fe:a9fe]/latest".parse().unwrap()).is_err());
        assert!(check(&"http://0xa9fea9fe/latest".parse().unwrap()).is_err());
        for address in ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "8.8.8.8", "fd00::1"] {
            assert!(!refused(address.parse().unwrap()), "{address}");
        }
    }
}
