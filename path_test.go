package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/reports"
)

// witness stands before Anton at $WITNESS_URL, known by receiver.pem. It writes a
// line for each request, and one for each process of the machine that shows the
// key while it is asked: "GET /v1/balances", "command line of golive", "environment of sh".
func witness(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: witness LOG")
	}
	upstream, err := url.Parse(ts.Getenv("ANTON_BASE_URL"))
	ts.Check(err)
	log, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	ts.Defer(func() { log.Close() })
	onward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		Transport: trusting(ts),
	}
	key := []byte(ts.Getenv("ANTON_API_KEY"))
	var mu sync.Mutex
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		fmt.Fprintf(log, "%s %s\n%s", r.Method, r.URL.Path, shown(key))
		mu.Unlock()
		onward.ServeHTTP(w, r)
	}))
	ts.Defer(s.Close)
	ts.Setenv("WITNESS_URL", s.URL)
}

// shown tells which processes show a text to the others of the machine.
func shown(text []byte) string {
	var told strings.Builder
	for file, kind := range map[string]string{"cmdline": "command line", "environ": "environment"} {
		found, _ := filepath.Glob("/proc/[0-9]*/" + file)
		for _, path := range found {
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, text) {
				name, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "comm"))
				fmt.Fprintf(&told, "%s of %s\n", kind, bytes.TrimSpace(name))
			}
		}
	}
	return told.String()
}

// payouts has the merchant make N payouts of 1.00 USD one after the other, P-01
// and so on, to a payee that it makes first, and waits until each has ended.
func payouts(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: payouts N")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	base := ts.Getenv("ANTON_BASE_URL") + "/v1/payees"
	post(ts, false, []string{base, `{"type":"individual","first_name":"Maria","last_name":"Santos","country":"US"}`})
	payee := ts.Getenv("ID")
	post(ts, false, []string{base + "/" + payee + "/instruments", `{"type":"bank_account","currency":"USD","details":{"account_number":"9876543210","routing_number":"021000021"}}`})
	instrument := ts.Getenv("ID")
	for i := range n {
		post(ts, false, []string{ts.Getenv("ANTON_BASE_URL") + "/v1/payouts", fmt.Sprintf(
			`{"payee_id":%q,"instrument_id":%q,"amount":"1.00","currency":"USD","reference":"P-%02d"}`, payee, instrument, i+1)})
	}
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for range 2400 {
		if ended(ts) == n {
			return
		}
		<-look.C
	}
	ts.Fatalf("%d of %d payouts ended", ended(ts), n)
}

// ended counts the payouts that came to an end, by the sandbox's own books.
func ended(ts *testscript.TestScript) (n int) {
	answer, err := http.Get(ts.Getenv("GOLIVE_CONTROL_URL") + "/payouts")
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	for _, status := range []string{"completed", "failed", "returned", "cancelled"} {
		n += bytes.Count(body, fmt.Appendf(nil, `"status":%q`, status))
	}
	return n
}

// outcome holds the report in JSON on standard output to what each of its items
// or checks is to be; "all" stands for every item.
func outcome(ts *testscript.TestScript, negated bool, args []string) {
	var want checks.Outcome
	if negated || len(args) < 2 || want.UnmarshalText([]byte(args[0])) != nil {
		ts.Fatalf("usage: outcome pass|fail|inconclusive ITEM|CHECK …")
	}
	var r reports.Report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	got := map[string]checks.Outcome{}
	for _, v := range r.Verdicts {
		got[v.Check] = v.Outcome
	}
	for _, i := range r.Items {
		got[string(i.ID)] = i.Outcome
	}
	if args[1] == "all" {
		args = append(args[:1], allItems(ts, &r)...)
	}
	for _, name := range args[1:] {
		if o, judged := got[name]; !judged || o != want {
			ts.Fatalf("%s: %v (judged: %t), want %v", name, o, judged, want)
		}
	}
}

// allItems are the 28 that stand on every report.
func allItems(ts *testscript.TestScript, r *reports.Report) (names []string) {
	for _, i := range r.Items {
		switch i.Section {
		case checks.Integration, checks.Security, checks.Cutover, checks.Launch:
			names = append(names, string(i.ID))
		}
	}
	if len(names) != 28 {
		ts.Fatalf("%d items on the report, want 28", len(names))
	}
	return names
}

// noteRequest adds a line on a request to a log: "POST /hook unsigned".
func noteRequest(log string, r *http.Request) {
	signed := "unsigned"
	for name := range r.Header {
		if strings.Contains(name, "Signature") {
			signed = "signed"
		}
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		fmt.Fprintln(f, r.Method, r.URL.Path, signed)
		f.Close()
	}
}
