package checks

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// rejects judges the deliveries of a variant that must not be believed.
func (t *Trial) rejects(v recording.Variant) {
	for _, d := range t.Delivered("", v) {
		if t.unearned(d) || !t.controlled(d) {
			continue
		}
		status := d.Status()
		switch {
		case d.Response == nil:
			t.Missingf("%s got no answer (%s); run exercise %s again", d.ID, d.Error, recording.Forged)
		case status >= 400 && status <= 499:
			t.Saw(d)
		case success(status):
			t.believed(d)
		case status >= 500 && v == recording.Malformed:
			t.Saw(d)
			t.Failf(d, "%s was answered with %d, want 4xx", t.forgery(d), status)
		case t.effect(d.Operation, d.ID).after != nil:
			t.believed(d)
		default:
			t.Saw(d)
			t.Advisef(d, "%s was answered with %d, want 4xx", t.forgery(d), status)
		}
	}
}

// believed judges a forged delivery that was not refused: what status and
// effects said around it tells whether the app took it for true.
func (t *Trial) believed(d *recording.Delivery) {
	t.Saw(d)
	f := t.effect(d.Operation, d.ID)
	switch {
	case f.after != nil:
		t.Failf(d, "%s was answered with %d and %s, want 4xx", t.forgery(d), d.Status(), f)
	case len(f.compared) == 0:
		t.Failf(d, "%s was answered with %d, want 4xx", t.forgery(d), d.Status())
	default:
		t.Saw(f.compared[0])
		t.Advisef(d, "%s was accepted with %d, then discarded, want 4xx", t.forgery(d), d.Status())
	}
}

// accepts judges the deliveries of a variant that is genuine in an unusual way.
func (t *Trial) accepts(v recording.Variant, what string) {
	for _, d := range t.Delivered("", v) {
		if t.unearned(d) || !t.controlled(d) {
			continue
		}
		t.Saw(d)
		if !success(d.Status()) {
			t.Failf(d, "%s %s, want 2xx", what, reply(d))
		}
	}
}

// controlled reports whether the genuine deliveries next to d, before and after
// it in the same operation, were accepted; it says what is missing.
func (t *Trial) controlled(d *recording.Delivery) bool {
	var earlier, later *recording.Delivery
	for _, g := range t.Delivered(d.Exercise, recording.Genuine) {
		switch {
		case g.Operation != d.Operation:
		case g.Start.Before(d.Start):
			earlier = g
		case later == nil:
			later = g
		}
	}
	if earlier == nil || later == nil {
		t.Missingf("%s has no genuine delivery before and after it; run exercise %s again", d.ID, recording.Forged)
		return false
	}
	for _, g := range []*recording.Delivery{earlier, later} {
		if !success(g.Status()) {
			t.Missingf("the genuine delivery %s next to %s %s, so its answer proves nothing; mend webhook-genuine first", g.ID, d.ID, reply(g))
			return false
		}
	}
	return true
}

// forgery tells what is wrong with a delivery.
func (e *Evidence) forgery(d *recording.Delivery) string {
	switch d.Variant {
	case recording.Missing:
		return "event without signature"
	case recording.WrongSecret:
		return "event signed with another secret"
	case recording.Tampered:
		return "event changed after signing"
	case recording.Malformed:
		return fmt.Sprintf("signature header %s", brief(e.signature(d)))
	}
	age, known := e.age(d)
	switch {
	case !known:
		return fmt.Sprintf("event with a %s signature", d.Variant)
	case age < 0:
		return fmt.Sprintf("event signed %.0f s ahead", -age.Seconds())
	}
	return fmt.Sprintf("event signed %.0f s ago", age.Seconds())
}

// signature is the signature header as sent, "" when there was none.
func (e *Evidence) signature(d *recording.Delivery) string {
	for name, values := range d.Request.Header {
		if strings.EqualFold(name, e.Profile.Scheme.Header) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// age is how long before its sending a delivery was signed, to the second.
func (e *Evidence) age(d *recording.Delivery) (time.Duration, bool) {
	first, _, _ := strings.Cut(e.signature(d), ",")
	t, err := strconv.ParseInt(strings.TrimPrefix(first, "t="), 10, 64)
	if err != nil {
		return 0, false
	}
	return d.Start.Truncate(time.Second).Sub(time.Unix(t, 0)), true
}

// brief quotes a header value, its end left out when it is long.
func brief(value string) string {
	const most = 32
	if len(value) <= most {
		return strconv.Quote(value)
	}
	return strconv.Quote(value[:most] + "…")
}
