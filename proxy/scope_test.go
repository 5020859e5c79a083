package proxy

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

func TestSearch(t *testing.T) {
	var n needles
	own := map[string]*operation{}
	for text, rank := range map[string]int{
		"run-1": rankReference, "run-12": rankReference, "123456789012": rankDatum, "a+b@example.com": rankDatum,
		"pay_01HX": rankPayout, "pye_01HXAAAAAAAAAAAAAAAA": rankID, "abc": rankReference,
	} {
		own[text] = &operation{name: text}
		n.add(text, own[text], rank)
	}
	for text, want := range map[string]string{
		"":                               "",
		"run-":                           "",
		"run-1":                          "run-1",
		"payout-run-1-x":                 "run-1",
		"run-12":                         "run-12",
		"run-13":                         "", // part of another number
		"run-1, run-12":                  "run-12",
		"run-12, run-1":                  "run-12",
		"pay-123456789012-x":             "123456789012",
		"9123456789012":                  "",
		"1234567890123":                  "",
		"x123456789012":                  "123456789012",
		"run-1 123456789012":             "run-1",
		"pye_01HXAAAAAAAAAAAAAAAA run-1": "run-1",
		`{"p":"pye_01HXAAAAAAAAAAAAAAAA","o":"pay_01HX"}`: "pay_01HX",
		"a+b@example.com": "a+b@example.com",
		"abc":             "", // too short to tell anything
	} {
		got := ""
		if d := search(&n, []byte(text), nil); d != nil {
			got = d.owner.name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSearchAmongThousands(t *testing.T) {
	var n needles
	for i := range 3000 {
		n.add(fmt.Sprintf("run-%04d", i), &operation{name: fmt.Sprint(i)}, rankReference)
	}
	if d := search(&n, `{"reference":"run-2718"}`, nil); d == nil || d.owner.name != "2718" {
		t.Errorf("%+v", d)
	}
}

func TestTheLatestAdoptionOwns(t *testing.T) {
	var n needles
	one, two := &operation{name: "1"}, &operation{name: "2"}
	n.add("123456789012", one, rankDatum)
	n.add("123456789012", two, rankDatum)
	if d := search(&n, "123456789012", nil); d.owner != two {
		t.Errorf("belongs to %s", d.owner.name)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("run-1", "payout-run-1-x")
	f.Add("1234", "12341234")
	f.Fuzz(func(t *testing.T, want, text string) {
		var n needles
		n.add(want, &operation{}, rankDatum)
		n.add("decoy-"+want, &operation{}, rankDatum)
		d := search(&n, text, nil)
		if d != nil && !strings.Contains(text, d.text) {
			t.Errorf("found %q in %q", d.text, text)
		}
		loose := len(want) >= tail && !digit(want[0]) && !digit(want[len(want)-1])
		if d == nil && loose && strings.Contains(text, want) {
			t.Errorf("did not find %q in %q", want, text)
		}
	})
}

func TestRequestsFindTheirOperation(t *testing.T) {
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(bytes.ReplaceAll(body, []byte("ask"), []byte("id"))) // the request says what comes back
	}, nil)
	s.Adopt("ref-A", recording.Pay, "ann@example.com", "GB33BUKB20201555555555")
	s.Adopt("ref-B", recording.ServerError, "bob+1@example.com", "987654321")
	s.During(recording.Statuses)
	c := s.client(h1)
	steps := []struct{ method, path, key, kind, body, want string }{
		{"POST", "/v1/payees", "", "application/json", `{"email":"ann@example.com","ask":"pye_aaaa1111"}`, "ref-A"},
		{"POST", "/v1/payees/pye_aaaa1111/instruments", "", "application/json", `{"account_number":"none","ask":"ins_aaaa1111"}`, "ref-A"},
		{"POST", "/v1/payouts", "", "application/json", `{"reference":"ref-B","payee_id":"pye_aaaa1111","ask":"pay_bbbb2222"}`, "ref-B"},
		{"GET", "/v1/payouts/pay_bbbb2222", "", "", "", "ref-B"},
		{"GET", "/v1/payouts/pay_bbbb22223", "", "", "", ""},
		{"POST", "/v1/payouts/pay_bbbb2222/cancel", "", "", "", "ref-B"},
		{"POST", "/v1/payouts", "payout-ref-A", "application/json", `{}`, "ref-A"},
		{"GET", "/v1/payees?email=bob%2B1%40example.com", "", "", "", "ref-B"},
		{"GET", "/v1/payees?account=987654321", "", "", "", "ref-B"},
		{"GET", "/v1/payees?account=9876543210", "", "", "", ""},
		{"POST", "/v1/payees", "", "application/x-www-form-urlencoded", `email=bob%2B1%40example.com`, "ref-B"},
		{"GET", "/v1/balances", "", "", "", ""},
		{"GET", "/v1/payouts", "", "application/json", `{"ask":"pay_cccc3333","reference":"ref-A"}`, "ref-A"},
		{"GET", "/v1/payouts/pay_cccc3333", "", "", "", ""}, // a list teaches nothing
	}
	for _, step := range steps {
		req, _ := http.NewRequest(step.method, sandbox+step.path, strings.NewReader(step.body))
		req.Header.Set("Content-Type", step.kind)
		if step.key != "" {
			req.Header.Set("Idempotency-Key", step.key)
		}
		s.must(read(c.Do(req)))
	}
	exercise := map[string]recording.Exercise{"ref-A": recording.Pay, "ref-B": recording.ServerError, "": recording.Statuses}
	for i, x := range s.end().Exchanges {
		if want := steps[i].want; x.Operation != want || x.Exercise != exercise[want] {
			t.Errorf("%s %s: %q %q, want %q", x.Request.Method, x.Request.Path, x.Operation, x.Exercise, want)
		}
	}
}

// The only operation under way has what carries nothing of any.
func TestSoleOperation(t *testing.T) {
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(bytes.ReplaceAll(body, []byte("ask"), []byte("id")))
	}, nil)
	c := s.client(h1)
	send := func(method, path, body string) {
		req, _ := http.NewRequest(method, sandbox+path, strings.NewReader(body))
		s.must(read(c.Do(req)))
	}
	s.Adopt("ref-A", recording.Pay, "ann@example.com")
	s.Sole("ref-A")
	send("POST", "/v1/payees", `{"email":"ann@example.com","ask":"pye_aaaa1111"}`)
	send("POST", "/v1/payouts", `{"payee_id":"pye_aaaa1111","ask":"pay_aaaa2222"}`)
	s.Adopt("ref-B", recording.Statuses)
	s.Sole("ref-B")
	send("POST", "/v1/payouts", `{"payee_id":"pye_aaaa1111","ask":"pay_bbbb2222"}`) // a payee from before
	send("POST", "/v1/payouts/pay_aaaa2222/cancel", "")                             // a payout from before
	send("GET", "/v1/balances", "")
	s.Sole("")
	send("POST", "/v1/payouts", `{"ask":"pay_cccc2222"}`)
	for payout, want := range map[string]string{"pay_aaaa2222": "ref-A", "pay_bbbb2222": "ref-B", "pay_cccc2222": "", "pye_aaaa1111": ""} {
		if got := s.Owner(payout); got != want {
			t.Errorf("%s belongs to %q, want %q", payout, got, want)
		}
	}
	for i, x := range s.end().Exchanges {
		if want := []string{"ref-A", "ref-A", "ref-B", "ref-A", "", ""}[i]; x.Operation != want {
			t.Errorf("%s %s: %q, want %q", x.Request.Method, x.Request.Path, x.Operation, want)
		}
	}
}

func TestIdsAreLearnedFromLostAndPackedAnswers(t *testing.T) {
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, `{"data":{"id":"pay_packed01"}}`)
		z.Close()
	}, nil)
	s.Adopt("ref-A", recording.LostResponse)
	s.Arm(Fault{Kind: recording.FaultLostAnswer, Times: 1})
	c := s.client(h1)
	_, _ = s.post(c, sandbox+"/v1/payouts", `{"reference":"ref-A"}`)
	s.must(read(c.Get(sandbox + "/v1/payouts/pay_packed01")))
	if x := s.end().Exchanges[1]; x.Operation != "ref-A" {
		t.Errorf("belongs to %q", x.Operation)
	}
}

func TestNothingIsLearnedFromAnswersOfOurs(t *testing.T) {
	s := newStand(t, echo, nil)
	s.Adopt("ref-A", recording.ServerError)
	s.Arm(Fault{Kind: recording.FaultStatus, Times: 1, Answers: []Answer{{Status: 200, Body: `{"data":{"id":"pay_ours0001"}}`}}})
	c := s.client(h1)
	s.must(s.post(c, sandbox+"/v1/payouts", `{"reference":"ref-A"}`))
	s.must(read(c.Get(sandbox + "/v1/payouts/pay_ours0001")))
	if x := s.end().Exchanges[1]; x.Operation != "" {
		t.Errorf("belongs to %q", x.Operation)
	}
}

func TestActivity(t *testing.T) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/payouts/pay_slow" {
			close(arrived)
			<-answer
		}
	}, nil)
	if a := s.Activity("ref-A"); a != (Activity{}) {
		t.Errorf("unknown: %+v", a)
	}
	s.Adopt("ref-A", recording.ServerError, "pay_slow")
	s.Arm(Fault{Kind: recording.FaultStatus, Route: anton.PayoutCreate, Times: 1})
	c := s.client(h1)
	s.must(s.post(c, sandbox+"/v1/payees", "ref-A"))
	s.must(s.post(c, sandbox+"/v1/payouts", "ref-A"))
	first := s.Activity("ref-A")
	if first.Mutations != 2 || first.Attempts != 2 || first.LastDelay != 0 || first.LastEnd.IsZero() {
		t.Errorf("after two: %+v", first)
	}
	s.must(s.post(c, sandbox+"/v1/payouts", "ref-A"))
	ended := make(chan error, 1)
	go func() {
		_, err := read(c.Get(sandbox + "/v1/payouts/pay_slow"))
		ended <- err
	}()
	<-arrived
	a := s.Activity("ref-A")
	if a.Open != 1 || a.Mutations != 3 || a.Attempts != 4 || a.LastDelay <= 0 || !a.LastEnd.After(first.LastEnd) {
		t.Errorf("with a read in flight: %+v", a)
	}
	close(answer)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	rec := s.end()
	if a := s.Activity("ref-A"); a.Open != 0 {
		t.Errorf("at the end: %+v", a)
	}
	if got, want := a.LastDelay, rec.Exchanges[2].Start.Sub(rec.Exchanges[1].End); got != want {
		t.Errorf("delay %v, want %v as recorded", got, want)
	}
	if a.LastDelay > time.Minute {
		t.Errorf("delay %v", a.LastDelay)
	}
}

func BenchmarkSearch(b *testing.B) {
	var n needles
	for i := range 500 {
		o := &operation{}
		n.add(fmt.Sprintf("g7f3k2-%03d", i), o, rankReference)
		n.add(fmt.Sprintf("%012d", 100000000000+i*7919), o, rankDatum)
		n.add(fmt.Sprintf("pye_%016x", i*104729), o, rankID)
	}
	body := []byte(strings.Repeat(`{"payee_id":"pye_0000000000001234","amount":"10.00","currency":"USD"}`, 6))
	b.ReportAllocs()
	for b.Loop() {
		search(&n, body, nil)
	}
}
