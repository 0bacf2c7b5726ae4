//! Which addresses belong to one customer of the network: what attempts are counted by.

use core::net::{IpAddr, Ipv6Addr};

/// The part of an address that belongs to one customer.
///
/// Of version 4 that is the whole address: a wider net would put neighbours together who have nothing to do with each other, and behind one address
/// there may be a whole office already. Of version 6 it is the first half: every customer gets at least that much, and may take any address in it.
/// An address of version 4 that was written as one of version 6 is one of version 4.
pub fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        whole => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::customer;

    #[test]
    fn a_customer_has_one_address_or_half_of_one() {
        let of = |text: &str| customer(text.parse().expect("an address")).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
