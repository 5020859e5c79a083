package checks

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// hostOf is the host of a URL as the wire has it: in ASCII, small letters, without
// a port and a last dot. "": it has none.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	return strings.TrimRight(host, ".")
}

// plainURL is a URL spelled in the one way that stands for all that mean the same:
// letter case of scheme and host, the usual port, bücher for xn--bcher-kva. A path
// stays what it is: to a server /hook and /hook/ are two.
func plainURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	host := hostOf(u)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		host += ":" + port
	}
	plain := url.URL{Scheme: u.Scheme, Host: host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	if plain.Path == "" {
		plain.Path = "/"
	}
	return plain.String()
}
