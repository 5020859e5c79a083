package recording

import "bytes"

// prefix is a fixed beginning of a secret.
type prefix struct {
	value, kind string
	credential  bool // the value itself begins so; otherwise the secret comes after it
	extent      func(s []byte, i int) (from, to int, ok bool)
}

var prefixes = []prefix{
	{"ak_test_", KindTestKey, true, after("ak_test_")},
	{"ak_live_", KindLiveKey, true, after("ak_live_")},
	{"whsec_", KindWebhookSecret, true, after("whsec_")},
	{"ant_ocs_", KindToken, true, after("ant_ocs_")},
	{"Bearer ", KindToken, false, scheme("Bearer ")},
	{"bearer ", KindToken, false, scheme("bearer ")},
	{"BEARER ", KindToken, false, scheme("BEARER ")},
	{"DPoP ", KindToken, false, scheme("DPoP ")},
	{"dpop ", KindToken, false, scheme("dpop ")},
	{"DPOP ", KindToken, false, scheme("DPOP ")},
	{"Basic ", KindToken, false, scheme("Basic ")},
	{"basic ", KindToken, false, scheme("basic ")},
	{"BASIC ", KindToken, false, scheme("BASIC ")},
}

// after is a secret of at least eight characters behind a fixed beginning:
// shorter ones are placeholders ("ak_test_...").
func after(beginning string) func([]byte, int) (int, int, bool) {
	return func(s []byte, i int) (int, int, bool) {
		start := i + len(beginning)
		end := start
		for end < len(s) && (alnum(s[end]) || s[end] == '_' || s[end] == '-') {
			end++
		}
		return i, end, end-start >= 8
	}
}

// scheme is a credential behind the name of an authentication scheme. A word
// ("Basic authentication") is none; an API key is found by itself.
func scheme(name string) func([]byte, int) (int, int, bool) {
	return func(s []byte, i int) (int, int, bool) {
		from := i + len(name)
		to := from
		for to < len(s) && (alnum(s[to]) || bytes.IndexByte([]byte("-._~+/="), s[to]) >= 0) {
			to++
		}
		token := s[from:to]
		if len(token) < 8 || bytes.HasPrefix(token, []byte("ak_")) || to < len(s) && s[to] == ':' {
			return 0, 0, false
		}
		return from, to, len(token) >= 24 || !word(token)
	}
}

// word reports whether a text is made of letters and dashes, capitals only
// where a word begins.
func word(s []byte) bool {
	for i, c := range s {
		if c == '-' || c == '.' && i == len(s)-1 {
			continue
		}
		if !letter(c) || i > 0 && c <= 'Z' && s[i-1] >= 'a' {
			return false
		}
	}
	return true
}

// opens reports whether a number or word may begin at i: not inside a longer
// one, nor behind a decimal point.
func opens(s []byte, i int) bool {
	if i == 0 {
		return true
	}
	return !alnum(s[i-1]) && !(s[i-1] == '.' && i > 1 && digit(s[i-2]))
}

// closes reports whether a number or word may end before i.
func closes(s []byte, i int) bool {
	if i == len(s) {
		return true
	}
	return !alnum(s[i]) && !(s[i] == '.' && i+1 < len(s) && digit(s[i+1]))
}

// ids are the prefixes of Anton's ids: what comes after one is never personal
// data, whatever it looks like.
var ids = []string{
	"pay_", "pye_", "ben_", "ins_", "bat_", "batch_", "mer_", "wbh_", "wh_", "whk_", "evt_", "dlv_", "bal_",
	"fxq_", "fxx_", "pq_", "rfi_", "doc_", "key_", "txn_", "req_",
}

// named reports whether one of Anton's id prefixes ends at i.
func named(s []byte, i int) bool {
	if i < 3 || s[i-1] != '_' {
		return false
	}
	for _, id := range ids {
		start := i - len(id)
		if start >= 0 && string(s[start:i]) == id && (start == 0 || !alnum(s[start-1])) {
			return true
		}
	}
	return false
}

// email is the address around the @ at i.
func email(s []byte, at int) (from, to int, ok bool) {
	from = at
	for from > 0 && at-from < 64 && local(s[from-1]) {
		from--
	}
	end, dot := at+1, -1
	for i := at + 1; i < len(s) && i-at <= 255; i++ {
		c := s[i]
		if c == '.' {
			dot = i
			continue
		}
		if !alnum(c) && c != '-' && c < 0x80 {
			break
		}
		if dot > at+1 && i-dot >= 2 && letters(s[dot+1:i+1]) {
			end = i + 1
		}
	}
	return from, end, from < at && end > at+1
}

// local reports whether a byte may stand before the @ of an address.
func local(c byte) bool {
	return alnum(c) || c == '.' || c == '_' || c == '+' || c == '-' || c >= 0x80
}

func letters(s []byte) bool {
	for _, c := range s {
		if !letter(c) && c < 0x80 {
			return false
		}
	}
	return true
}

func numeric(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

func digit(c byte) bool       { return c-'0' <= 9 }
func letter(c byte) bool      { return c|0x20-'a' <= 'z'-'a' }
func alnum(c byte) bool       { return digit(c) || letter(c) }
func hexadecimal(c byte) bool { return digit(c) || c|0x20-'a' <= 'f'-'a' }

// unhex is the value of a hexadecimal digit.
func unhex(c byte) byte {
	if digit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func upper(c byte) byte {
	if c-'a' <= 'z'-'a' {
		return c - 0x20
	}
	return c
}
