package recording

import (
	"bytes"
	"strings"
)

// rule is how a header's values are scrubbed; the zero rule is as text.
type rule int

const (
	asText   rule = iota
	asSent        // numbers and signatures that checks rely on, and no secrets
	asScheme      // a credential behind the name of its scheme, which stays
	asToken       // a credential throughout
	asKey         // an API key, or else a credential
)

var rules = map[string]rule{
	"Authorization": asScheme, "Proxy-Authorization": asToken, "Dpop": asToken, "DPoP": asToken,
	"Cookie": asToken, "Set-Cookie": asToken,
	"X-Api-Key": asKey, "Api-Key": asKey, "Apikey": asKey, "X-Auth-Token": asKey, "X-Access-Token": asKey,
	"Anton-Signature": asSent, "X-Anton-Signature": asSent, "X-Webhook-Signature": asSent, "X-Webhook-Timestamp": asSent,
	"Content-Length": asSent, "Retry-After": asSent,
	"X-Ratelimit-Limit": asSent, "X-Ratelimit-Remaining": asSent, "X-Ratelimit-Reset": asSent,
}

// header appends the scrubbed value of a header. The result is good until the
// sieve is used again.
func (v *sieve) header(name, value string) []byte {
	v.source = append(v.source[:0], value...)
	s, out := v.source, v.result[:0]
	how, ok := rules[name]
	if !ok && name != "" && upper(name[0]) != name[0] {
		how = rules[canonical(name)]
	}
	switch {
	case how == asSent || len(s) == 0:
		return s
	case how == asScheme:
		out = v.credentials(out, s)
	case how == asToken:
		out = v.whole(out, KindToken, s)
	default:
		var changed bool
		if out, changed = v.replace(out, s); !changed && how == asKey {
			out = v.whole(out, KindToken, s)
		} else if !changed {
			return s
		}
	}
	v.result = out
	return out
}

// credentials appends an Authorization value: the scheme as sent, the
// credential as fingerprint, an API key by its kind.
func (v *sieve) credentials(dst, s []byte) []byte {
	at := bytes.IndexAny(s, " \t")
	if at < 0 {
		if schemes[strings.ToLower(string(s))] {
			return append(dst, s...) // a scheme, and nothing behind it
		}
		at = 0
	}
	secret := bytes.TrimSpace(s[at:])
	if len(secret) == 0 {
		return append(dst, s...)
	}
	if at > 0 && !schemes[strings.ToLower(string(s[:at]))] {
		at, secret = 0, s // no scheme: all of it is the credential
	}
	from := at + bytes.Index(s[at:], secret)
	dst = append(dst, s[:from]...)
	if bytes.ContainsAny(secret, " ,") {
		if out, changed := v.replace(dst, secret); changed {
			return out
		}
	}
	return append(v.whole(dst, KindToken, secret), s[from+len(secret):]...)
}

// schemes are the authentication schemes known by name, in lower case.
var schemes = map[string]bool{
	"bearer": true, "basic": true, "dpop": true, "digest": true, "token": true, "apikey": true, "api-key": true,
	"key": true, "negotiate": true, "hmac": true, "oauth": true,
}

// canonical is a name that was sent in lower case in the spelling of the rules.
func canonical(name string) string {
	b := []byte(strings.ToLower(name))
	for i, c := range b {
		if i == 0 || b[i-1] == '-' {
			b[i] = upper(c)
		}
	}
	return string(b)
}
