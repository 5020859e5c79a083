package checks

import (
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

var alert = add(&Check{
	ID:    "alert",
	Title: "somebody is told when payouts fail",
	Doc: `A failed payout that nobody is told of is found by the payee.

Looked at: calls of golive's alert sink after payouts that failed or requests that kept
failing, or the attestation of a named person. Mend: raise an alert on payout.failed and
when retries are used up; with alerts.listen send it to the URL in the environment.`,
	Items:      []Item{LaunchAlerts},
	Needs:      []recording.Exercise{recording.Alert},
	Attestable: true,
	Run: func(t *Trial) {
		if !t.Ran(recording.Alert) {
			return
		}
		cause := t.alarming()
		if cause == nil {
			t.Missingf("no payout failed and no request kept failing; run the exercises %s and %s", recording.Statuses, recording.EndlessError)
			return
		}
		for _, m := range t.Marks {
			if m.Kind == recording.MarkAlert && m.At.After(cause.at) {
				t.Saw(m)
				return
			}
		}
		if t.attest != nil {
			t.Missingf("the alert sink was not called")
			return
		}
		t.Failf(cause, "%s and no alert came, want a call of the alert URL", cause.what)
	},
})

// alarm is the first thing that an alert has to tell of.
type alarm struct {
	Referrer
	what string
	at   time.Time
}

// alarming is the first failed payout that the app was told of, or the first
// request of exercise endless-error; nil when there was neither.
func (e *Evidence) alarming() *alarm {
	var first *alarm
	for _, d := range e.Delivered("", recording.Genuine) {
		if d.Claims == string(anton.Failed) && success(d.Status()) {
			first = &alarm{d, "a payout failed", d.Start}
			break
		}
	}
	for _, x := range e.payouts() {
		if x.Exercise == recording.EndlessError && x.Fault != nil && x.Fault.Kind == recording.FaultStatus {
			if first == nil || x.Start.Before(first.at) {
				first = &alarm{x, "requests kept failing", x.Start}
			}
			break
		}
	}
	return first
}
