package reports_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// BenchmarkJudge reads and judges a recording of 20,000 payouts, one operation
// each; an exchange is what to divide by.
func BenchmarkJudge(b *testing.B) {
	const exchanges = 20_000
	path := filepath.Join(b.TempDir(), "recording.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{Run: "BENCH", Profile: "2026-02", Upstream: "embedded", Route: "proxy"})
	if err != nil {
		b.Fatal(err)
	}
	for i := range exchanges {
		if err := w.Append(recording.Event{Exchange: created(i)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close("finished"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reports.Judge(path, reports.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*exchanges), "ns/exchange")
}

// created is the ith payout and its answer, about 2 KB.
func created(i int) *recording.Exchange {
	at := time.Date(2026, 11, 20, 12, 0, 0, i*1000, time.UTC)
	return &recording.Exchange{
		ID: fmt.Sprintf("x%d", i+1), Conn: "c1", Start: at, FirstByte: at, End: at.Add(time.Millisecond), Sends: 1,
		Request: recording.Request{
			Method: "POST", Scheme: "https", Host: "api.antonpayments.dev", Path: "/v1/payouts", Proto: "HTTP/1.1",
			Header: map[string][]string{
				"Authorization": {"Bearer ak_test_bench0123456789abcdef"}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
				"Idempotency-Key": {fmt.Sprintf("bench-%06d", i)}, "User-Agent": {"shop/1.0"},
			},
			Body: recording.Body{Base64: fmt.Appendf(nil, `{"reference":"BENCH-%06d","amount":"125.50","currency":"USD","payee_id":"pye_01J8Z3T4W5","instrument_id":"ins_01J8Z3T4W5",`+
				`"purpose":"goods","description":"Invoice 4711, goods and services","metadata":{"order":"%d"}}`, i, i)},
		},
		Response: &recording.Response{
			Status: 201,
			Header: map[string][]string{"Content-Type": {"application/json"}, "X-Request-Id": {fmt.Sprintf("req_%08d", i)}, "X-Ratelimit-Limit": {"1000"}},
			Body: recording.Body{Base64: fmt.Appendf(nil, `{"data":{"id":"pay_%08d","status":"processing","amount":"125.50","currency":"USD","reference":"BENCH-%06d",`+
				`"payee":{"id":"pye_01J8Z3T4W5","country":"MX"},"instrument_id":"ins_01J8Z3T4W5","corridor":{"from":"USD","to":"MXN","rate":"17.2340","fee":"1.25"},`+
				`"created_at":"2026-11-20T10:00:00Z","history":[{"status":"created"},{"status":"screening"},{"status":"processing"}]}}`, i, i)},
		},
	}
}
