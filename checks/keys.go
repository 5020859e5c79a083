package checks

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

var keyItems = []Item{Keys, LaunchKeyStorage}

var keyFromOutside = add(&Check{
	ID:    "key-from-outside",
	Title: "every call carries the key that the app was handed",
	Doc: `A key written into the program cannot be rotated in an hour when it leaks, and the
sandbox's key goes to production with it.

Looked at: the key of each call against the one that golive handed to the app in its
environment. Mend: read the key from the environment or a secrets manager at run time,
without a default in the program.`,
	Items:      keyItems,
	Attestable: true,
	Run: func(t *Trial) {
		if t.Open.Handed == "" {
			t.Missingf("golive did not start the app, so it cannot tell where its key comes from; give app.command, or attest key-from-outside")
			return
		}
		var foreign tally
		for _, x := range t.asked {
			for _, k := range keysIn(x.Request.Header["Authorization"]...) {
				t.Saw(x)
				if k != t.Open.Handed && !strings.HasSuffix(k, ":"+t.Open.Handed) {
					foreign.add(x, "called with another key, "+k)
				}
			}
		}
		foreign.fail(t, "the key from the environment")
		t.uncalled()
	},
})

var keyInURL = add(&Check{
	ID:    "key-in-url",
	Title: "no key stands in a URL",
	Doc: `URLs are written to the logs of every proxy and server on the way; a key in one is
published.

Looked at: path and query of each call. Mend: send the key in the Authorization
header alone.`,
	Items: keyItems,
	Run: func(t *Trial) {
		var shown tally
		for _, x := range t.asked {
			t.Saw(x)
			if len(keysIn(x.Request.Path, unescaped(x.Request.Path))) > 0 {
				shown.add(x, "key in the path")
			}
			if len(keysIn(x.Request.Query, unescaped(x.Request.Query))) > 0 {
				shown.add(x, "key in the query")
			}
		}
		shown.fail(t, "it in the Authorization header only")
		t.uncalled()
	},
})

var keyHost = add(&Check{
	ID:    "key-host",
	Title: "test keys go to the sandbox, live keys to production",
	Doc: `A live key in the sandbox has left the place where it is guarded; a test key in
production makes every payout of the day fail.

Looked at: the kind of key and the host of each call. Mend: configure key and base URL
together, one pair for each environment.`,
	Items: keyItems,
	Run: func(t *Trial) {
		var crossed tally
		for _, x := range t.asked {
			host, _, _ := strings.Cut(x.Request.Host, ":")
			for _, k := range keysIn(x.Request.Header["Authorization"]...) {
				t.Saw(x)
				live := strings.HasPrefix(k, recording.KindLiveKey)
				switch {
				case live && strings.EqualFold(host, t.Profile.Sandbox):
					crossed.add(x, "sent an ak_live_ key to "+host)
				case !live && strings.EqualFold(host, t.Profile.Production):
					crossed.add(x, "sent an ak_test_ key to "+host)
				}
			}
		}
		crossed.fail(t, "the key of that environment")
		t.uncalled()
	},
})

var keyBearer = add(&Check{
	ID:    "key-bearer",
	Title: "each call says Authorization: Bearer with the key, once",
	Doc: `A key sent in another form works until Anton stops forgiving it, and slips past the
rules that keep keys out of logs.

Looked at: the Authorization header of each call under /v1. Mend: send
"Authorization: Bearer ak_…", one header with one value.`,
	Items: keyItems,
	Run: func(t *Trial) {
		if t.Open.Route == recording.RouteHAR && !slices.ContainsFunc(t.Exchanges, keyed) {
			t.Missingf("the HAR file holds no credentials, as browsers leave them out; export it with sensitive data, or run golive certify")
			return
		}
		var odd tally
		for _, x := range t.asked {
			if x.Request.Method == "OPTIONS" || !strings.HasPrefix(x.Request.Path, "/v1/") {
				continue
			}
			t.Saw(x)
			values := x.Request.Header["Authorization"]
			switch {
			case len(values) == 0:
				odd.add(x, "no Authorization header")
			case len(values) > 1:
				odd.add(x, fmt.Sprintf("%d Authorization headers", len(values)))
			case !bearer.MatchString(values[0]):
				odd.add(x, "Authorization header without Bearer and one key")
			}
		}
		odd.fail(t, "Authorization: Bearer ak_…, once")
		t.uncalled()
	},
})

var keyStorage = add(&Check{
	ID:    "key-storage",
	Title: "keys are kept in a secrets manager or the environment",
	Doc: `Where production keeps its keys cannot be seen from outside; a key in a wiki page or
a chat is found by whoever looks first.

Looked at: the attestation of a named person. Mend: keep the keys in a secrets manager
and attest key-storage in golive.yaml with statement, name and date.`,
	Items:      keyItems,
	Attestable: true,
	Run: func(t *Trial) {
		t.Missingf("no person has stated where the keys are kept; attest key-storage in golive.yaml with statement, name and date")
		if a := t.attest; a != nil {
			if _, err := time.Parse(time.DateOnly, a.Date); err != nil || a.By == "" || a.Statement == "" {
				t.Failf(a, "attested with statement %q by %q on %q, want where the keys are, who says so and the date", a.Statement, a.By, a.Date)
			}
		}
	},
})

// A key as the recording holds it: its kind and fingerprint.
var (
	scrubbedKey = regexp.MustCompile(`\b(?:` + recording.KindTestKey + `|` + recording.KindLiveKey + `):[0-9A-Za-z]+`)
	bearer      = regexp.MustCompile(`^(?i:bearer) +(?:` + recording.KindTestKey + `|` + recording.KindLiveKey + `):[0-9A-Za-z]+$`)
)

// keysIn are the keys in header values or parts of a URL, in order.
func keysIn(parts ...string) []string {
	var found []string
	for _, p := range parts {
		if !strings.Contains(p, "-key:") { // both kinds of key
			continue
		}
		found = append(found, scrubbedKey.FindAllString(p, -1)...)
	}
	return found
}

// unescaped is a part of a URL without percent signs, "" when it is malformed.
func unescaped(part string) string {
	s, _ := url.QueryUnescape(part)
	return s
}

// uncalled says what to do when no call was seen that could be judged.
func (t *Trial) uncalled() {
	if t.verdict.Outcome == NotApplicable {
		t.Missingf("no call to Anton that bears on it was seen; let the app call Anton with its key through golive")
	}
}
