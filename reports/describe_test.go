package reports

import (
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

func TestDescriptions(t *testing.T) {
	at := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	post := func(id string, start int, status int, fault recording.FaultKind) *recording.Exchange {
		x := &recording.Exchange{
			ID: id, Operation: "r1-7", Start: at(start), End: at(start + 100),
			Request: recording.Request{Method: "POST", Path: "/v1/payouts", Header: map[string][]string{"Idempotency-Key": {"k1"}}},
		}
		if status != 0 {
			x.Response = &recording.Response{Status: status}
		}
		if fault != "" {
			x.Fault = &recording.Interference{Kind: fault}
		}
		return x
	}
	lost := post("x3", 3000, 0, recording.FaultLostAnswer)
	lost.Upstream = &recording.Response{Status: 201}
	plain := &recording.Exchange{ID: "x5", Request: recording.Request{Method: "GET", Path: "/v1/payouts", Query: "cursor=" + "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"}}
	rec := &recording.Recording{
		Exchanges: []*recording.Exchange{
			post("x1", 0, 503, recording.FaultStatus), post("x2", 1300, 502, recording.FaultUpstream), lost,
			post("x4", 4000, 0, recording.FaultReset), plain,
		},
		Deliveries: []*recording.Delivery{{
			ID: "d1", Variant: recording.Stale, EventID: "evt_1", EventType: "payout.completed",
			Start: at(0), End: at(12), Response: &recording.Response{Status: 401},
		}, {ID: "d2", Variant: recording.Genuine, EventID: "evt_2", EventType: "payout.sent", Operation: "r1-2"}},
		Handshakes: []*recording.Handshake{
			{ID: "h1", Host: "api.example", Trap: recording.FaultWrongHost, Version: "TLS 1.3"},
			{ID: "h2", Host: "api.example", Error: "unknown authority"},
		},
		Marks: []*recording.Mark{
			{ID: "m1", Kind: recording.MarkOperation, Operation: "r1-3", Exercise: recording.TrapAmounts, Facts: map[string]string{"amount": "0.10", "currency": "USD"}},
			{ID: "m2", Kind: recording.MarkAction, Operation: "r1-3", Facts: map[string]string{"action": "status", "code": "200", "value": "sent"}},
			{ID: "m3", Kind: recording.MarkAction, Facts: map[string]string{"action": "list", "error": "connection refused"}},
			{ID: "m4", Kind: recording.MarkKilled, Exercise: recording.CrashRestart},
		},
		Findings:     []*recording.Finding{{Place: "src:pay.js:7", Kind: "float-money", Note: "parseFloat"}},
		Attestations: []*recording.Attestation{{Check: "alert", Statement: "PagerDuty", By: "a@b.example", Date: "2026-11-20"}},
	}
	known := map[string]*string{}
	wanted := map[string]string{
		"x1":           "POST /v1/payouts → 503 (ours), key k1, operation r1-7",
		"x2":           "POST /v1/payouts → 502 (Anton could not be reached), key k1, attempt 2 of r1-7 after 1.2 s",
		"x3":           "POST /v1/payouts → Anton answered 201, the answer was lost on the way (ours), key k1, attempt 3 of r1-7 after 1.6 s",
		"x4":           "POST /v1/payouts → no answer (reset, ours), key k1, attempt 4 of r1-7 after 900 ms",
		"x5":           "GET /v1/payouts?cursor=abcdefghijklmnopqrstuvwxyzab… → no answer",
		"d1":           "webhook payout.completed, stale → 401 after 12 ms, event evt_1",
		"d2":           "webhook payout.sent, genuine → no answer, event evt_2, operation r1-2",
		"h1":           "TLS handshake for api.example, shown a certificate for another name: accepted with TLS 1.3",
		"h2":           "TLS handshake for api.example, shown the run's own certificate: refused by the app (unknown authority)",
		"m1":           "operation r1-3 of exercise trap-amounts: pay 0.10 USD",
		"m2":           `action status for r1-3 → 200, value "sent"`,
		"m3":           "action list → connection refused",
		"m4":           "app killed, exercise crash-restart",
		"src:pay.js:7": "float money, parseFloat",
		"attest:alert": "PagerDuty, stated by a@b.example on 2026-11-20",
	}
	for ref := range wanted {
		known[ref] = nil
	}
	describe(rec, known)
	for ref, want := range wanted {
		if known[ref] == nil {
			t.Errorf("%s: unknown", ref)
			continue
		}
		if got := *known[ref]; got != want {
			t.Errorf("%s: %s\nwant %s", ref, got, want)
		}
	}
}
