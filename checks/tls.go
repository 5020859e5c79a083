package checks

import (
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var tlsOnly = add(&Check{
	ID:    "tls-only",
	Title: "every call to Anton goes over https",
	Doc: `One plain http request shows the key to everybody on the way.

Looked at: the scheme of each call to Anton. Mend: begin the base URL with https://, and
look for addresses put together by hand.`,
	Items: []Item{TLS},
	Run: func(t *Trial) {
		var plain tally
		for _, x := range t.asked {
			t.Saw(x)
			if x.Request.Scheme == "http" {
				plain.add(x, x.Request.Method+" "+x.Request.Path+" over http")
			}
		}
		plain.fail(t, "https")
		t.uncalled()
	},
})

var tlsUntrusted = add(&Check{
	ID:    "tls-untrusted",
	Title: "a certificate of an unknown authority is refused",
	Doc: `An app that trusts any certificate hands key and bank details to whoever sits between.

Looked at: requests on connections that showed a leaf of an authority that nobody
trusts. Mend: take out what turns verification off (InsecureSkipVerify,
rejectUnauthorized: false, verify=False), in every environment.`,
	Items: []Item{TLS},
	Needs: []recording.Exercise{recording.UntrustedCertificate},
	Run: func(t *Trial) {
		t.refuses(recording.FaultUntrusted, recording.UntrustedCertificate, "a certificate of an unknown authority")
	},
})

var tlsWrongHost = add(&Check{
	ID:    "tls-wrong-host",
	Title: "a certificate for another name is refused",
	Doc: `A valid certificate for any name is easy to come by; one that is not checked for
Anton's name protects nothing.

Looked at: requests on connections that showed a trusted leaf for another name.
Mend: leave the check of the host name on (checkServerIdentity, check_hostname,
HostnameVerifier, ServerName).`,
	Items: []Item{TLS},
	Needs: []recording.Exercise{recording.WrongHostCertificate},
	Run: func(t *Trial) {
		t.refuses(recording.FaultWrongHost, recording.WrongHostCertificate, "a certificate for another name")
	},
})

var tlsExpired = add(&Check{
	ID:    "tls-expired",
	Title: "an expired certificate is refused",
	Doc: `An expired certificate is out of its owner's care: its key may long be in other hands.

Looked at: requests on connections that showed an expired leaf. Mend: leave the check of
dates on, and the clock right.`,
	Items: []Item{TLS},
	Needs: []recording.Exercise{recording.ExpiredCertificate},
	Run: func(t *Trial) {
		t.refuses(recording.FaultExpired, recording.ExpiredCertificate, "an expired certificate")
	},
})

var tlsVersion = add(&Check{
	ID:    "tls-version",
	Title: "each connection speaks TLS 1.2 or later",
	Doc: `Older versions can be read by a patient listener, and Anton refuses them.

Looked at: the version agreed in each handshake, and the lowest that the app offered.
Mend: update the TLS library or set its lowest version to 1.2.`,
	Items: []Item{TLS},
	Run: func(t *Trial) {
		var old, offered tally
		for _, h := range t.Handshakes {
			switch {
			case outdated(h.Version):
				t.Saw(h)
				old.add(h, "agreed on "+h.Version)
			case h.Version == "" && strings.Contains(h.Error, "unsupported versions"):
				t.Saw(h)
				old.add(h, "offered older versions only")
			case h.Version == "":
				continue
			case outdated(h.Lowest):
				t.Saw(h)
				offered.add(h, "offers "+h.Lowest+" as well")
			default:
				t.Saw(h)
			}
		}
		old.fail(t, "TLS 1.2 or later")
		t.uncalled()
		offered.advise(t, "TLS 1.2 as the lowest")
	},
})

// outdated reports whether a version is older than TLS 1.2; "" is not known.
func outdated(version string) bool {
	return version == "TLS 1.0" || version == "TLS 1.1" || strings.HasPrefix(version, "SSL")
}

// refuses judges a trap: no request on its connections, and calls again on a
// trusted one afterwards.
func (t *Trial) refuses(trap recording.FaultKind, during recording.Exercise, shown string) {
	conns := map[string]bool{}
	var last *recording.Handshake
	for _, h := range t.Handshakes {
		if h.Trap == trap {
			conns[h.Conn], last = h.Conn != "", h
		}
	}
	if t.fell(trap, conns, shown) || !t.Ran(during) {
		return
	}
	if last == nil {
		t.Missingf("the app made no new connection while %s was shown; let actions.pay call Anton", shown)
		return
	}
	control := t.control(during, last)
	if control == nil {
		t.Missingf("the app did not call Anton again once the certificate was right; see that it goes on after a failed connection")
		return
	}
	t.Saw(last)
	t.Saw(control)
}

// fell fails the requests that came over a trap; it reports whether any did.
func (t *Trial) fell(trap recording.FaultKind, conns map[string]bool, shown string) bool {
	var sent tally
	for _, x := range t.Exchanges {
		if conns[x.Conn] || distrusted(x) && x.Fault.Kind == trap {
			t.Saw(x)
			sent.add(x, "sent "+x.Request.Method+" "+x.Request.Path+" over "+shown)
		}
	}
	sent.fail(t, "the connection refused")
	return len(sent.order) > 0
}

// control is an answered exchange of the exercise after the trap, of the
// operation that met it or of one made for it; nil when there is none.
func (t *Trial) control(during recording.Exercise, trap *recording.Handshake) *recording.Exchange {
	for _, o := range t.Of(during) {
		for _, x := range t.Exchanges {
			if x.Operation == o.Reference && !distrusted(x) && x.Response != nil && x.Start.After(trap.At) {
				return x
			}
		}
	}
	return nil
}
