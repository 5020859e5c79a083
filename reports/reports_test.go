package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shapes are the reports that every renderer has a golden for.
var shapes = []struct {
	name string
	make func() *Report
}{
	{"pass", func() *Report { return shape(nil, nil) }},
	{"fail", func() *Report { return shape(failing, attempts) }},
	{"inconclusive", func() *Report { return shape(undecided, nil) }},
	{"empty", func() *Report { return shape(unseen, nil) }},
	{"blocked", func() *Report { return shape(unseen, untrusting) }},
	{"narrowed", func() *Report {
		return shape(failing, func(r *recording.Recording) {
			attempts(r)
			r.Open.Exercises = []recording.Exercise{recording.ServerError}
		})
	}},
	{"signed", func() *Report { return shape(undecided, signedOff) }},
	{"waived", func() *Report {
		return shape(failing, func(r *recording.Recording) { attempts(r); waivedAll(r) })
	}},
	{"demo", func() *Report {
		return shape(failing, func(r *recording.Recording) {
			attempts(r)
			r.Open.App = "golive demo --break constant-backoff"
			r.Open.Sections = []string{"integration", "launch"}
			r.Close.Reason = "interrupted"
		})
	}},
}

func TestGoldens(t *testing.T) {
	renderers := map[string]func(*bytes.Buffer, *Report) error{
		"txt":       func(b *bytes.Buffer, r *Report) error { return Text(b, r, false) },
		"ansi":      func(b *bytes.Buffer, r *Report) error { return Text(b, r, true) },
		"json":      func(b *bytes.Buffer, r *Report) error { return JSON(b, r) },
		"junit.xml": func(b *bytes.Buffer, r *Report) error { return JUnit(b, r) },
		"sarif":     func(b *bytes.Buffer, r *Report) error { return SARIF(b, r) },
		"md":        func(b *bytes.Buffer, r *Report) error { return Summary(b, r) },
		"html":      func(b *bytes.Buffer, r *Report) error { return HTML(b, r) },
		"badge.svg": func(b *bytes.Buffer, r *Report) error { return Badge(b, r) },
	}
	for _, s := range shapes {
		for ending, render := range renderers {
			t.Run(s.name+"."+ending, func(t *testing.T) {
				var got bytes.Buffer
				if err := render(&got, s.make()); err != nil {
					t.Fatal(err)
				}
				golden(t, s.name+"."+ending, got.Bytes())
			})
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale; go test ./reports -update writes it anew\ngot:\n%s", path, got)
	}
}

// Colour adds nothing but colour, and no line is wider than a page.
func TestTextIsTheSameWithoutColour(t *testing.T) {
	for _, s := range shapes {
		var plain, colored bytes.Buffer
		if err := Text(&plain, s.make(), false); err != nil {
			t.Fatal(err)
		}
		if err := Text(&colored, s.make(), true); err != nil {
			t.Fatal(err)
		}
		a, b := strings.Split(plain.String(), "\n"), strings.Split(colored.String(), "\n")
		if len(a) != len(b) {
			t.Fatalf("%s: %d lines plain, %d coloured", s.name, len(a), len(b))
		}
		for i := range a {
			if width(a[i]) != width(b[i]) || width(a[i]) > columns {
				t.Errorf("%s: line %d is %d columns plain, %d coloured: %s", s.name, i+1, width(a[i]), width(b[i]), a[i])
			}
		}
	}
}

// shape builds a report over a small checklist of one check an item. Verdicts
// pass unless the change says otherwise.
func shape(judge func(*checks.Verdict), record func(*recording.Recording)) *Report {
	rec := &recording.Recording{
		Open: recording.Open{
			Version: 1, Tool: "0.1.0", Profile: "2026-02", Run: "r7k2m9", At: noon,
			Merchant: recording.Merchant{Name: "Example Merchant Ltd", ID: "mer_01"}, App: "1.4.2",
			Upstream: "embedded", Route: "proxy",
		},
		Close: &recording.Close{Reason: "finished"},
	}
	if record != nil {
		record(rec)
	}
	var verdicts []*checks.Verdict
	for _, c := range catalogue {
		v := &checks.Verdict{Check: c, Outcome: checks.Pass, Seen: []string{"x1"}}
		if c.Run == nil {
			v.Outcome, v.Missing = checks.Inconclusive, []string{"this check is still to come"}
		} else if judge != nil {
			judge(v)
		}
		verdicts = append(verdicts, v)
	}
	return build(evidenceOf(rec), strings.Repeat("0123456789abcdef", 4), verdicts, catalogue)
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func failing(v *checks.Verdict) {
	switch v.Check.ID {
	case "retry-backoff":
		v.Outcome = checks.Fail
		v.Seen = []string{"x1", "x2", "x3"}
		text := "retried after 0.5 s, 0.5 s and 0.5 s: constant with 99 % confidence over 12 delays, want delays that grow"
		v.Findings = []checks.Departure{
			{Ref: "x2", Text: text}, {Ref: "x3", Text: text}, {Ref: "x4", Text: text},
			{Ref: "x5", Text: text}, {Ref: "x6", Text: text}, {Ref: "x7", Text: text},
		}
	case "log-secrets":
		v.Outcome = checks.Fail
		v.Findings = []checks.Departure{{Ref: "log:stdout:40", Text: "account number in base64, want none or the last four characters"}}
	case "webhook-genuine":
		v.Findings = []checks.Departure{{Ref: "d1", Text: "answered after 6.0 s, want 5 s or less", Advice: true}}
	case "pagination-stop":
		v.Outcome, v.Seen = checks.Inconclusive, nil
		v.Missing = []string{"exercise pages was left out: no list action; add actions.list to golive.yaml"}
	}
}

func undecided(v *checks.Verdict) {
	switch v.Check.ID {
	case "pagination-stop", "pagination-cursor":
		v.Outcome, v.Seen = checks.Inconclusive, nil
		v.Missing = []string{"exercise pages was left out: no list action; add actions.list to golive.yaml"}
	case "key-storage":
		v.Outcome, v.Seen = checks.Inconclusive, nil
		v.Missing = []string{"nobody has attested it; add it under attestations in golive.yaml with statement, by, date and evidence"}
	}
}

func unseen(v *checks.Verdict) {
	v.Outcome, v.Seen = checks.Inconclusive, nil
	if len(v.Check.Needs) == 0 {
		v.Missing = []string{"nothing was seen that bears on it"}
		return
	}
	v.Missing = []string{"exercise " + string(v.Check.Needs[0]) + " was not run; run golive certify"}
}

func untrusting(r *recording.Recording) {
	r.Marks = []*recording.Mark{
		{ID: "m1", Kind: recording.MarkCause, Facts: map[string]string{
			"cause": "ca-not-trusted",
			"text":  "the app does not trust the run's certificate authority: it hung up on all 12 handshakes",
			"do":    "let the app's HTTP client read SSL_CERT_FILE, or give it the file named in GOLIVE_CA, and run golive certify again",
		}},
		{ID: "m2", Kind: recording.MarkNote, Facts: map[string]string{"text": "the webhook URL is on loopback: noted, not judged"}},
	}
}

func attempts(r *recording.Recording) {
	for n := range 7 {
		x := &recording.Exchange{
			ID: "x" + string(rune('1'+n)), Operation: "r7k2m9-7", Exercise: recording.ServerError,
			Start: noon.Add(time.Duration(n) * 520 * time.Millisecond),
			Request: recording.Request{
				Method: "POST", Path: "/v1/payouts",
				Header: map[string][]string{"Idempotency-Key": {"payout-r7k2m9-7"}},
			},
			Response: &recording.Response{Status: 503},
			Fault:    &recording.Interference{Kind: recording.FaultStatus, Nth: n + 1},
		}
		x.End = x.Start.Add(20 * time.Millisecond)
		r.Exchanges = append(r.Exchanges, x)
	}
	r.Deliveries = []*recording.Delivery{{
		ID: "d1", Variant: recording.Genuine, EventID: "evt_1", EventType: "payout.completed", Operation: "r7k2m9-2",
		Start: noon, End: noon.Add(6 * time.Second), Response: &recording.Response{Status: 200},
	}}
	r.Findings = []*recording.Finding{{Place: "log:stdout:40", Kind: recording.KindAccount, Encoding: "base64"}}
	r.Attestations = []*recording.Attestation{{
		Check: "key-storage", Statement: "AWS Secrets Manager", By: "name@merchant.example", Date: "2026-11-20", Evidence: "docs/secrets.md",
	}}
}

var catalogue = []*checks.Check{
	known("idempotency-key", "every mutation carries an Idempotency-Key", nil, checks.IdempotencyKeys, checks.LaunchIdempotency),
	known("webhook-genuine", "genuine deliveries are answered with 2xx", nil, checks.Webhooks),
	known("retry-backoff", "delays between attempts grow exponentially", []recording.Exercise{recording.ServerError, recording.ServerErrorGentle}, checks.Retries, checks.LaunchBackoff),
	known("amount-string", "money is a JSON string", []recording.Exercise{recording.TrapAmounts}, checks.Amounts),
	known("status-sent", "a sent payout is told apart from a completed one", []recording.Exercise{recording.Statuses}, checks.Lifecycle, checks.LaunchStatuses),
	known("balance-first", "the balance is read before each payout", nil, checks.Balances, checks.LaunchBalance),
	known("payee-first", "the payee is created before the payout", nil, checks.Payees),
	known("pagination-cursor", "every cursor sent is the one just issued", []recording.Exercise{recording.Pages}, checks.Pagination),
	known("pagination-stop", "nothing follows the last page", []recording.Exercise{recording.Pages}, checks.Pagination),
	known("key-from-outside", "every call carries the key handed to the app", nil, checks.Keys, checks.LaunchKeyStorage),
	known("key-storage", "keys are kept in a secrets manager or the environment", nil, checks.Keys, checks.LaunchKeyStorage),
	known("server-no-browser", "no call comes from a browser", nil, checks.ServerSide),
	known("tls-untrusted", "a certificate from an unknown authority is refused", []recording.Exercise{recording.UntrustedCertificate}, checks.TLS),
	known("signature-stale", "a signature older than five minutes is refused", []recording.Exercise{recording.Forged}, checks.Signatures, checks.LaunchSignatures),
	known("log-secrets", "no secret is written to a log", nil, checks.Logs, checks.LaunchLogs),
	{ID: "live-key", Title: "the production key works", Doc: "Payouts do not move without it.", Items: []checks.Item{checks.LiveKeys, checks.LaunchLiveKeys}},
}

func known(id, title string, needs []recording.Exercise, items ...checks.Item) *checks.Check {
	return &checks.Check{
		ID: id, Title: title, Items: items, Needs: needs, Run: func(*checks.Trial) {},
		Doc: `Whatever departs here is paid for twice: once to the payee,
and once more in support, refunds and goodwill.

Looked at: the requests and answers of the exercises. Mend: do as Anton's guide says, and keep
the key of an operation with the operation.`,
	}
}

// signedOff are sign-offs on the board: one that was given twice, one that was
// taken back, one with a remark of an item that stood otherwise then; and a note.
func signedOff(r *recording.Recording) {
	sign := func(pairs ...string) {
		m := &recording.Mark{Kind: recording.MarkSigned, At: noon.Add(time.Duration(len(r.Marks)) * time.Minute), Facts: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			m.Facts[pairs[i]] = pairs[i+1]
		}
		r.Marks = append(r.Marks, m)
	}
	sign("item", "INT-2", "by", "Ann Smith, Anton Payments", "outcome", "pass")
	sign("item", "INT-1", "by", "Bo", "outcome", "inconclusive")
	sign("item", "INT-1", "by", "Ann Smith, Anton Payments", "outcome", "inconclusive", "remark", "watched the key stay the same")
	sign("item", "INT-3", "by", "Bo", "outcome", "pass")
	sign("item", "INT-3", "by", "Bo", "withdrawn", "yes")
	for _, item := range []string{"INT-5", "INT-6", "INT-7"} {
		sign("item", item, "by", "Bo", "outcome", "pass")
	}
	sign("item", "SEC-1", "by", "Bo", "outcome", "inconclusive")
	r.Marks = append(r.Marks, &recording.Mark{Kind: recording.MarkNote, Facts: map[string]string{"text": "Bo: the key moves to a vault next week"}})
}
