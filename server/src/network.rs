//! Where a request comes from: the address of who sent it, or, through a proxy that is trusted, of whom it was passed on for.

use crate::state::AppState;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Once;

const PASSED_ON: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Addresses and networks, separated by commas or spaces.
    fn from_str(text: &str) -> Result<Proxies, String> {
        let parts = text
            .split([',', ' ', '\n'])
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let read = parts.map(|part| {
            let net = part.parse::<IpNet>().ok();
            let net = net.or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
            net.ok_or_else(|| format!("{part} is neither an address nor a network such as 10.0.0.0/8"))
        });
        read.collect::<Result<_, _>>().map(Proxies)
    }
}

impl Proxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Who asks, when this peer sent these headers. Each proxy adds, at the end, who came to it: read from there, the first who is no proxy of ours is
    /// the one that we know; what stands before it anybody could have written.
    ///
    /// A proxy speaks one of two headers, and may pass the other on as a stranger wrote it. Where both are there and differ, neither is believed.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let plain = self.last_stranger(peer, &hops(headers, &PASSED_ON, address));
        let standard = self.last_stranger(peer, &hops(headers, &header::FORWARDED, forwarded_for));
        match (headers.contains_key(PASSED_ON), headers.contains_key(header::FORWARDED)) {
            (true, false) => plain,
            (false, true) => standard,
            (true, true) if plain == standard => plain,
            _ => peer,
        }
    }

    /// `hops` are as they were written; None: not readable, so nothing before it is known.
    fn last_stranger(&self, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
        let mut known = peer;
        for hop in hops.iter().rev() {
            let Some(hop) = hop else { break };
            known = *hop;
            if !self.trusts(known) {
                break;
            }
        }
        known
    }
}

/// All elements of a list that may stand in several lines.
fn hops(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<IpAddr>) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?"));
    lines
        .flat_map(|line| line.split(','))
        .map(|part| read(part.trim()))
        .collect()
}

/// `for=` of one element of `Forwarded` (RFC 7239): `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut given = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (_, value) = given.next()?;
    address(value.trim().trim_matches('"'))
}

/// An address, with or without a port, with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address| address.to_canonical())
}

/// Who asks, once it was found out.
#[derive(Debug, Clone, Copy)]
struct Client(IpAddr);

/// The middleware before all that records or counts where a request comes from.
pub async fn find(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let passed_on = request.headers().contains_key(PASSED_ON) || request.headers().contains_key(header::FORWARDED);
        if passed_on && !state.proxies.trusts(peer.ip().to_canonical()) {
            warn_once(peer.ip());
        }
        let client = state.proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(Client(client));
    }
    next.run(request).await
}

/// Behind a proxy that nobody named, all the world is one address, and one stranger who asks too often closes the door for all.
fn warn_once(peer: IpAddr) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            %peer,
            "a request says for whom it was passed on, and is not believed: if it came through a proxy of yours, name that by SLIPWAY_TRUSTED_PROXIES"
        );
    });
}

/// Who asks; None where no connection is known.
pub fn address_of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Client>().map(|client| client.0)
}

/// The same as it is recorded; empty where no connection is known.
pub fn name_of(extensions: &Extensions) -> String {
    address_of(extensions)
        .map(|address| address.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value.parse().expect("a value"));
        }
        headers
    }

    fn asks(trusted: &str, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies: Proxies = trusted.parse().expect("proxies");
        let peer = peer.parse().expect("an address");
        proxies.client(peer, &headers(lines)).to_string()
    }

    const XFF: &str = "x-forwarded-for";
    const FORWARDED: &str = "forwarded";

    #[test]
    fn who_is_not_trusted_is_not_believed() {
        for trusted in ["", "10.0.0.0/8"] {
            let lines: &[_] = &[(XFF, "192.0.2.7"), (FORWARDED, "for=192.0.2.8")];
            assert_eq!(asks(trusted, "203.0.113.1", lines), "203.0.113.1");
        }
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_of_ours_is_who_asks() {
        let through = |text: &str| asks("10.0.0.0/8, 2001:db8:ffff::/48", "10.0.0.1", &[(XFF, text)]);
        assert_eq!(through("192.0.2.7"), "192.0.2.7");
        assert_eq!(
            through("1.1.1.1, 192.0.2.7"),
            "192.0.2.7",
            "what stands before it is forged"
        );
        assert_eq!(through("1.1.1.1, 192.0.2.7, 10.0.0.9, 2001:db8:ffff::1"), "192.0.2.7");
        assert_eq!(through("192.0.2.7:4711"), "192.0.2.7");
        assert_eq!(through("[2001:db8::7]:4711, 10.1.1.1"), "2001:db8::7");
        assert_eq!(through("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(through("10.0.0.3, 10.0.0.2"), "10.0.0.3", "from inside");
        for unknown in ["", "unknown", "1.1.1.1, _hidden", "1.1.1.1,"] {
            assert_eq!(through(unknown), "10.0.0.1", "{unknown}");
        }
    }

    #[test]
    fn a_list_in_several_lines_is_one() {
        let lines: &[_] = &[(XFF, "1.1.1.1"), (XFF, "192.0.2.7"), (XFF, "10.0.0.2")];
        assert_eq!(asks("10.0.0.0/8", "10.0.0.1", lines), "192.0.2.7");
    }

    #[test]
    fn the_standard_header_is_read_as_well() {
        let through = |text: &str| asks("10.0.0.1", "10.0.0.1", &[(FORWARDED, text)]);
        assert_eq!(through("for=192.0.2.7;proto=https"), "192.0.2.7");
        assert_eq!(
            through("for=1.1.1.1, proto=https; For=\"[2001:db8::7]:80\""),
            "2001:db8::7"
        );
        assert_eq!(through("for=unknown"), "10.0.0.1");
        assert_eq!(through("proto=https"), "10.0.0.1");
    }

    #[test]
    fn of_two_headers_that_differ_neither_is_believed() {
        let both = |plain, standard| asks("10.0.0.1", "10.0.0.1", &[(XFF, plain), (FORWARDED, standard)]);
        assert_eq!(both("192.0.2.7", "for=192.0.2.7"), "192.0.2.7");
        assert_eq!(both("192.0.2.7", "for=1.1.1.1"), "10.0.0.1");
        assert_eq!(both("192.0.2.7", "for=unknown"), "10.0.0.1");
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert!("".parse::<Proxies>().is_ok_and(|none| none.0.is_empty()));
        assert!(
            "10.0.0.0/8, ::1  192.0.2.1"
                .parse::<Proxies>()
                .is_ok_and(|some| some.0.len() == 3)
        );
        assert!("10.0.0.0/99".parse::<Proxies>().is_err());
        assert!("proxy.example.com".parse::<Proxies>().is_err());
    }
}
