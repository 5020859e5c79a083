package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// begin creates a recording in a folder of the test's.
func begin(t testing.TB) (*Writer, *Scrub, string) {
	t.Helper()
	path, scrub := filepath.Join(t.TempDir(), "recording.jsonl"), NewScrub()
	w, err := Create(path, scrub, Open{Tool: "0.1", Profile: "2026-02", Run: "r1", At: noon, Merchant: Merchant{Name: "Example Ltd"}, Upstream: "embedded", Route: "proxy"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close("finished") })
	return w, scrub, path
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// payout is an exchange as the proxy hands it over.
func payout(n int) *Exchange {
	return &Exchange{
		ID: fmt.Sprint("x", n), Conn: "c1", Operation: "r1-0001", Exercise: Pay,
		Start: noon.Add(time.Duration(n) * time.Second), FirstByte: noon.Add(time.Duration(n)*time.Second + 5e6), End: noon.Add(time.Duration(n)*time.Second + 6e6),
		Request: Request{
			Method: "POST", Scheme: "https", Host: "api.antonpayments.dev", Path: "/v1/payouts", Proto: "HTTP/1.1",
			Header: map[string][]string{
				"Authorization": {"Bearer ak_test_0123456789abcdef"}, "Content-Type": {"application/json"},
				"Idempotency-Key": {"payout-r1-0001"}, "User-Agent": {"merchant/1.0"},
			},
			Body: Body{Base64: []byte(`{"payee_id":"pye_01HX8Z9K0M2N3P4Q5R6S7T8UAB","amount":"100.00","currency":"USD"}`)},
		},
		Response: &Response{
			Status: 201, Header: map[string][]string{"Content-Type": {"application/json"}, "X-Ratelimit-Remaining": {"999"}},
			Body: Body{Base64: []byte(`{"data":{"id":"pay_cng3q8s6ek9kc5qg1h2g","status":"created"}}`)},
		},
		Sends: 1,
	}
}

// everyKind is one event of each kind that Append takes.
func everyKind() []Event {
	return []Event{
		{Handshake: &Handshake{ID: "h1", Conn: "c1", At: noon, Host: "api.antonpayments.dev", Version: "TLS 1.3", Lowest: "TLS 1.2", Proto: "h2"}},
		{Mark: &Mark{ID: "m1", At: noon, Kind: MarkOperation, Exercise: Pay, Operation: "r1-0001", Facts: map[string]string{"amount": "100.00", "note": "a < b & c"}}},
		{Exchange: payout(1)},
		{Delivery: &Delivery{
			ID: "d1", Operation: "r1-0001", Exercise: Pay, Variant: Genuine, EventID: "evt_1", EventType: "payout.completed", Claims: "completed",
			Payout: "pay_1", CreatedAt: noon, Start: noon, End: noon.Add(time.Second),
			Request: Request{
				Method: "POST", Scheme: "http", Host: "127.0.0.1:3000", Path: "/hook", Query: "a=1", Proto: "HTTP/1.1",
				Header: map[string][]string{"anton-signature": {"t=1,v1=ff"}}, Body: Body{Text: "{\"x\":\"\\u00e9\\/\" }\n"},
			},
			Response: &Response{Status: 204}, Error: "late",
		}},
		{Finding: &Finding{Place: "log:stdout:40", Kind: KindAccount, Encoding: "base64", Note: "n", At: noon}},
		{Attestation: &Attestation{Check: "key-storage", Statement: "a vault", By: "jo@merchant.example", Date: "2026-11-20", Evidence: "docs/s.md"}},
	}
}

func TestRoundTrip(t *testing.T) {
	w, _, path := begin(t)
	for _, e := range everyKind() {
		must(t, w.Append(e))
	}
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	if rec.Open.Version != Version || rec.Open.Merchant.Name != "Example Ltd" || rec.Close.Count != 7 || rec.Close.Reason != "finished" {
		t.Errorf("open %+v, close %+v", rec.Open, rec.Close)
	}
	if len(rec.Exchanges) != 1 || len(rec.Deliveries) != 1 || len(rec.Handshakes) != 1 || len(rec.Marks) != 1 || len(rec.Findings) != 1 || len(rec.Attestations) != 1 {
		t.Fatalf("read %+v", rec)
	}
	x := rec.Exchanges[0]
	if got, want := x.Request.Body.Text, string(payout(1).Request.Body.Base64); got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if x.Request.Body.Size != int64(len(x.Request.Body.Text)) || len(x.Request.Body.Digest) != 64 {
		t.Errorf("size %d digest %q", x.Request.Body.Size, x.Request.Body.Digest)
	}
	d, want := *rec.Deliveries[0], *everyKind()[3].Delivery
	d.Request.Body.Digest, d.Request.Body.Size = "", 0
	if !reflect.DeepEqual(d, want) {
		t.Errorf("delivery\n%+v, want\n%+v", d, want)
	}
	if *rec.Attestations[0] != *everyKind()[5].Attestation {
		t.Errorf("attestation %+v", rec.Attestations[0])
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

// Exchanges and deliveries are written by hand: what encoding/json would write
// is the measure, with every field set.
func TestEncodingIsComplete(t *testing.T) {
	scrub := NewScrub()
	for _, e := range []Event{{Exchange: &Exchange{}}, {Delivery: &Delivery{}}, {Exchange: &Exchange{}}, {Delivery: &Delivery{}}} {
		if e.Exchange != nil {
			fill(reflect.ValueOf(e.Exchange).Elem())
		} else {
			fill(reflect.ValueOf(e.Delivery).Elem())
		}
		check := func() {
			t.Helper()
			l := &line{v: scrub.take()}
			must(t, l.encode(&e))
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			must(t, enc.Encode(e))
			if got := `{"n":0,` + string(l.buf) + "\n"; got != want.String() {
				t.Errorf("got\n%swant\n%s", got, want.String())
			}
		}
		check()
		if e.Exchange != nil {
			*e.Exchange = Exchange{}
		} else {
			*e.Delivery = Delivery{}
		}
		check()
	}
}

// fill sets every field under v to something that is not its zero value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon))
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name == "Base64" {
				continue // Text is set: a body has one of them
			}
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString("a\"\\\n\x01é<&>")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string][]string{"B": {"x", "y"}, "A": {}, "C": nil}))
	default:
		panic("no rule for " + v.Type().String())
	}
}

func TestAppendOnlyReads(t *testing.T) {
	w, scrub, _ := begin(t)
	scrub.Know(KindName, "Anselma")
	x := payout(1)
	x.Request.Body.Base64 = []byte(`{"first_name":"Anselma"}`)
	must(t, w.Append(Event{Exchange: x}))
	want := payout(1)
	want.Request.Body.Base64 = []byte(`{"first_name":"Anselma"}`)
	if !reflect.DeepEqual(x, want) {
		t.Errorf("changed to %+v", x)
	}
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	_, scrub, path := begin(t)
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := Create(path, scrub, Open{}); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("error %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestConcurrentAppends(t *testing.T) {
	w, _, path := begin(t)
	const callers, each = 16, 15
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				x := payout(1)
				x.ID = w.ID("x")
				if err := w.Append(Event{Exchange: x}); err != nil {
					t.Error(err)
				}
				text, err := os.ReadFile(path)
				if err != nil || !bytes.Contains(text, []byte(`"id":"`+x.ID+`"`)) {
					t.Errorf("%s is not in the file when Append returned: %v", x.ID, err)
				}
			}
		})
	}
	all.Wait()
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	if len(rec.Exchanges) != callers*each {
		t.Errorf("%d exchanges, want %d", len(rec.Exchanges), callers*each)
	}
}

func TestWriteErrorIsTheEnd(t *testing.T) {
	w, _, path := begin(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	whole := w.file
	w.file = full
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if w.Append(Event{Exchange: payout(i)}) == nil {
				t.Error("no error from a full disk")
			}
		})
	}
	all.Wait()
	select {
	case <-w.Failed():
	default:
		t.Error("Failed is open")
	}
	w.file = whole // room again: too late
	first := w.Err()
	if first == nil || !strings.Contains(first.Error(), "no space left") {
		t.Errorf("error %v", first)
	}
	if err := w.Mark(Mark{Kind: MarkNote}); err != first {
		t.Errorf("then %v, want %v", err, first)
	}
	if err := w.Close("finished"); err != first {
		t.Errorf("close gives %v, want %v", err, first)
	}
	var cut *Incomplete
	if _, err := ReadFile(path); !errors.As(err, &cut) || cut.Lines != 1 {
		t.Errorf("read gives %v, want one line and no closing line", err)
	}
}

func TestWrongEventsAreTheEnd(t *testing.T) {
	for name, e := range map[string]Event{
		"none": {}, "two": {Mark: &Mark{}, Finding: &Finding{}}, "open": {Open: &Open{}}, "close": {Close: &Close{}},
		"year": {Exchange: &Exchange{Start: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"mark": {Mark: &Mark{At: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		w, _, _ := begin(t)
		if err := w.Append(e); err == nil || w.Err() != err {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseEndsOnce(t *testing.T) {
	w, _, path := begin(t)
	must(t, w.Close("interrupted"))
	must(t, w.Close("finished"))
	if err := w.Append(Event{Exchange: payout(1)}); err == nil {
		t.Error("appended behind the closing line")
	}
	rec, err := ReadFile(path)
	must(t, err)
	if rec.Close.Reason != "interrupted" || rec.Close.Count != 1 {
		t.Errorf("close %+v", rec.Close)
	}
}

// Whatever was appended while the recording closed stands before the closing
// line, or Append said no.
func TestCloseAmongAppends(t *testing.T) {
	for range 20 {
		w, _, path := begin(t)
		var all sync.WaitGroup
		var taken atomic.Int64
		for range 8 {
			all.Go(func() {
				for w.Append(Event{Exchange: payout(1)}) == nil {
					taken.Add(1)
				}
			})
		}
		for taken.Load() < 8 {
			runtime.Gosched()
		}
		must(t, w.Close("finished"))
		all.Wait()
		rec, err := ReadFile(path)
		must(t, err)
		if got := int64(len(rec.Exchanges)); got != taken.Load() {
			t.Fatalf("%d exchanges are there, Append took %d", got, taken.Load())
		}
	}
}

func TestMarksAndIDs(t *testing.T) {
	w, _, path := begin(t)
	if a, b, c := w.ID("x"), w.ID("c"), w.ID("x"); a != "x1" || b != "c1" || c != "x2" {
		t.Errorf("ids %s %s %s", a, b, c)
	}
	before := w.Now()
	must(t, w.Mark(Mark{Kind: MarkNote}))
	must(t, w.Mark(Mark{ID: "own", At: noon, Kind: MarkNote}))
	must(t, w.Mark(Mark{Kind: MarkNote}))
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	m := rec.Marks
	if m[0].ID != "m1" || m[1].ID != "own" || !m[1].At.Equal(noon) || m[2].ID != "m2" {
		t.Errorf("marks %+v %+v %+v", m[0], m[1], m[2])
	}
	if m[0].At.Before(before) || m[2].At.Before(m[0].At) || m[0].At.Location() != time.UTC {
		t.Errorf("times %v, %v, %v", before, m[0].At, m[2].At)
	}
	if now := w.Now(); now != now.Round(0) {
		t.Error("Now has a monotonic part")
	}
}

func TestSubscribersSeeWhatIsWritten(t *testing.T) {
	w, scrub, path := begin(t)
	scrub.Know(KindName, "Anselma")
	var seen, other []Event
	cancel := w.Subscribe(func(e Event) { other = append(other, e) })
	heard := make(chan Event, 1)
	w.Subscribe(func(e Event) {
		seen = append(seen, e)
		if e.Mark != nil && e.Mark.Kind == MarkNote {
			if err := w.Mark(Mark{Kind: MarkAlert}); err != nil { // a listener may append
				t.Error(err)
			}
			heard <- e
		}
	})
	must(t, w.Mark(Mark{Kind: MarkNote, Facts: map[string]string{"text": "for Anselma"}}))
	if e := <-heard; e.Mark.Facts["text"] != "for "+scrub.Fingerprint(KindName, "Anselma") {
		t.Errorf("heard %+v", e.Mark)
	}
	cancel()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { w.Append(Event{Exchange: payout(i)}) })
	}
	all.Wait()
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	if len(seen) != rec.Close.Count { // all but the opening line, and the closing line
		t.Fatalf("%d events heard, want %d", len(seen), rec.Close.Count)
	}
	for i, e := range seen {
		if e.N != i+2 {
			t.Errorf("event %d is numbered %d", i, e.N)
		}
	}
	if len(other) == 0 || len(other) == len(seen) {
		t.Errorf("the one that left heard %d of %d", len(other), len(seen))
	}
}

func BenchmarkAppend(b *testing.B) {
	w, scrub, _ := begin(b)
	for i := range 300 {
		scrub.Know(KindAccount, fmt.Sprint(900000000000+i*7919))
	}
	x := payout(1)
	x.Request.Body.Base64 = sampleRequest
	x.Response.Body.Base64 = sampleResponse
	digest := strings.Repeat("a", 64) // the proxy hashes while it streams
	x.Request.Body.Digest, x.Request.Body.Size = digest, int64(len(sampleRequest))
	x.Response.Body.Digest, x.Response.Body.Size = digest, int64(len(sampleResponse))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Append(Event{Exchange: x}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLostRecordingIsTheEnd(t *testing.T) {
	aside := func(path string) error { return os.Rename(path, path+".aside") }
	for name, c := range map[string]struct {
		harm  func(path string) error
		lines int // that are taken afterwards
		why   string
	}{
		"removed":   {os.Remove, 0, "was removed while it was written"},
		"shortened": {func(path string) error { return os.Truncate(path, 10) }, 0, "was changed while it was written"},
		"moved":     {aside, 1, "was moved or replaced while it was written"}, // nothing is lost
		"replaced": {func(path string) error {
			return errors.Join(aside(path), os.WriteFile(path, []byte("{}\n"), 0o600))
		}, 1, "was moved or replaced while it was written"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, path := begin(t)
			must(t, w.Mark(Mark{Kind: MarkNote}))
			must(t, c.harm(path))
			if err := w.Mark(Mark{Kind: MarkNote}); (err == nil) != (c.lines == 1) {
				t.Errorf("append gives %v", err)
			}
			if err := w.Close("finished"); err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("close gives %v, want %q", err, c.why)
			}
		})
	}
}
