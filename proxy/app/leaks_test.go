package app

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

const (
	account = "493817265048"
	number  = "021874563"
	iban    = "DE44500105175407324931"
	email   = "zoe.quxford+anton@example.com"
	name    = "Zoë \"Quxford\" O/Neil"
	phone   = "+15551238374"
	birth   = "1967-03-12"
	key     = "ak_test_9fK2mQ7xB4tZ8wL1"
)

func canaries() *Leaks {
	l := NewLeaks(nil)
	for kind, value := range map[string]string{
		recording.KindAccount: account, recording.KindRouting: number, recording.KindIBAN: iban, recording.KindEmail: email,
		recording.KindName: name, recording.KindPhone: phone, recording.KindBirth: birth, recording.KindTestKey: key,
	} {
		l.Watch(kind, value)
	}
	l.Watch(recording.KindName, "Bob")
	l.Watch(recording.KindName, "  ")
	return l
}

func TestLeaks(t *testing.T) {
	l := canaries()
	b64 := base64.StdEncoding.EncodeToString
	for _, c := range []struct{ line, want string }{
		{"paid " + account + ".", "account plain"},
		{"paid 000" + account + "99", "account plain"},
		{account, "account plain"},
		{"to " + strings.ToLower(iban), "iban case"},
		{"TO " + strings.ToUpper(email), "email case"},
		{strings.ToUpper(name), "name case"},
		{strings.ToLower(name), "name case"},
		{name, "name plain"},
		{"Authorization: Bearer " + key, "test-key plain"},

		{"account 4938 1726 5048 paid", "account grouped"},
		{"account 493-817-265-048", "account grouped"},
		{"account 49.38.17.26.50.48", "account grouped"},
		{"account 4938\u00a01726\u00a05048", "account grouped"},
		{"DE44 5001 0517 5407 3249 31", "iban grouped"},
		{"routing (021-874-563)", "routing grouped"},
		{"call +1 555 123 8374", "phone grouped"},
		{"born 1967/03/12", "birth grouped"},
		{"born 1967-03-12", "birth plain"},

		{`{"name":"Zoë \"Quxford\" O/Neil"}`, "name json"},
		{`{"name":"Zo\u00eb \"Quxford\" O/Neil"}`, "name json"},
		{`{"name":"ZO\u00EB \"QUXFORD\" O\/NEIL"}`, "name json"},
		{`{"m":"{\"name\":\"Zo\\u00eb \\\"Quxford\\\" O\\/Neil\"}"}`, "name json"},

		{"GET /find?email=" + url.QueryEscape(email), "email url"},
		{"name=" + url.QueryEscape(name), "name url"},
		{"name=" + url.PathEscape(name), "name url"},
		{"name=" + strings.ToLower(url.PathEscape(name)), "name url"},

		{"blob " + b64([]byte(account)), "account base64"},
		{"blob " + b64([]byte(`{"a":"`+account+`","b":1}`)), "account base64"},
		{"blob " + b64([]byte(`{"ab":"`+account+`","b":1}`)), "account base64"},
		{"blob " + b64([]byte(`{"abc":"`+account+`","b":1}`)), "account base64"},
		{"blob " + base64.RawURLEncoding.EncodeToString([]byte("??>"+name+"??>")), "name base64"},
		{"Basic " + b64([]byte(key+":")), "test-key base64"},
		{"hex " + hex.EncodeToString([]byte("x"+account)), "account hex"},
		{"hex " + strings.ToUpper(hex.EncodeToString([]byte(email))), "email hex"},

		// More than the last four characters are shown.
		{"card *******65048", "account masked"},
		{"account xxxx17265048 paid", "account masked"},
		{"account 49381******* paid", "account masked"},
		{"iban DE445001…", "iban masked"},
		{"key ****tZ8wL1", "test-key masked"},

		// At most the last four, or nothing.
		{"account ********5048", ""},
		{"account xxxx-xxxx-5048", ""},
		{"iban DE44 **** **** **** **49 31", ""},
		{"iban DE44…4931", ""},
		{"key ak_test_****wL1", ""},
		{"ending in 5048", ""},
		{"account 49381726504", ""},
		{"Bob paid", ""},
		{"", ""},
		{"four", ""},

		// Digits that are there for other reasons.
		{"at 1795021874563", ""},
		{"at 0218745639", ""},
		{"at 0218-74 563", ""},
		{"2026-02-18 74:563 021-87 4563", ""},
		{"4938 1726 50489", ""},
		{"493817 265048", ""},
		{"4938  1726  5048", ""},
		{"range 1..650481", ""},
	} {
		var got []string
		for _, leak := range l.Search([]byte(c.line)) {
			got = append(got, leak.Kind+" "+leak.Encoding)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s\n got %q, want %q", c.line, got, c.want)
		}
	}
}

// All that a line holds is found, each kind and encoding once.
func TestLeaksMany(t *testing.T) {
	l := canaries()
	got := l.Search([]byte(account + " " + account + " " + number + " " + strings.ToUpper(email) + " " + email))
	want := []Leak{{"account", "plain"}, {"routing", "plain"}, {"email", "case"}, {"email", "plain"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := NewLeaks(nil).Search([]byte(account)); got != nil {
		t.Errorf("found %v without canaries", got)
	}
}

// Binary output is searched like any other.
func TestLeaksBinary(t *testing.T) {
	l := canaries()
	r := rand.New(rand.NewPCG(1, 2))
	line := make([]byte, 256<<10)
	for i := range line {
		line[i] = byte(r.Uint32())
	}
	if got := l.Search(line); got != nil {
		t.Errorf("found %v in noise", got)
	}
	copy(line[len(line)-len(account):], account)
	if got := l.Search(line); !reflect.DeepEqual(got, []Leak{{"account", "plain"}}) {
		t.Errorf("found %v at the end", got)
	}
}

func TestLeaksKnownToScrub(t *testing.T) {
	scrub := recording.NewScrub()
	l := NewLeaks(scrub)
	l.Watch(recording.KindName, "Quxfordham")
	l.Watch(recording.KindName, "Quxfordham")
	if text := scrub.Text("hello Quxfordham"); strings.Contains(text, "Quxfordham") {
		t.Errorf("scrubbed: %s", text)
	}
	if got := l.Search([]byte("hello Quxfordham")); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

func TestLeaksSideBySide(t *testing.T) {
	l := NewLeaks(nil)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 20 {
				value := fmt.Sprintf("canary-%d-%d", i, j)
				l.Watch(recording.KindName, value)
				if got := l.Search([]byte("x " + value + " x")); len(got) == 0 {
					t.Errorf("%s not found", value)
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkSearch(b *testing.B) {
	l := NewLeaks(nil)
	r := rand.New(rand.NewPCG(1, 2))
	for range 75 {
		l.Watch(recording.KindAccount, fmt.Sprint(100000000000+r.Int64N(899999999999)))
		l.Watch(recording.KindIBAN, fmt.Sprintf("DE%020d", r.Int64()))
		l.Watch(recording.KindEmail, fmt.Sprintf("q%x.z%x@example.com", r.Uint32(), r.Uint32()))
		l.Watch(recording.KindName, fmt.Sprintf("Q%x", r.Uint32()))
	}
	line := []byte(`{"time":"2026-11-24T00:14:50.851827052Z","level":"info","msg":"payout created","payout":"pay_01k9x0000000000000000001","reference":"run-1-7","amount":"100.00","currency":"USD","took_ms":17}`)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		l.Search(line)
	}
}
