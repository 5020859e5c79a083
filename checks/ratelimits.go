package checks

import (
	"strconv"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// timer is how far a clock may be off without a finding.
const timer = 10 * time.Millisecond

var rateLimitItems = []Item{Retries, LaunchRateLimits}

var retryAfter = add(&Check{
	ID:    "retry-after",
	Title: "nothing is tried again before Retry-After has passed",
	Doc: `Attempts before the time count against the limit, so an app that does not wait stays
locked out, with all of its payouts.

Looked at: the next attempt after a 429 with Retry-After: 2, and after two in a row of 1
and 3 seconds. Mend: wait at least as many seconds as Retry-After says, plus a little
chance.`,
	Items: rateLimitItems,
	Needs: []recording.Exercise{recording.RateLimited},
	Run: func(t *Trial) {
		for _, l := range t.limits() {
			y := next(l.attempts, l.Exchange)
			if y == nil {
				t.Missingf("no further attempt came after the 429 in %s, so it was not seen whether Retry-After is kept; mend retry-429 first", l.Ref())
				continue
			}
			t.Saw(y)
			if d := Delay(l.Exchange, y); d < l.wait-timer {
				t.Failf(y, "tried again %s after a 429 with Retry-After: %d, want %s or more", seconds(d), int(l.wait.Seconds()), seconds(l.wait))
			}
		}
	},
})

var retry429 = add(&Check{
	ID:    "retry-429",
	Title: "a payout is tried again after a 429",
	Doc: `A rate limit is no refusal: the payout is fine, only too early. Who drops it leaves
somebody unpaid.

Looked at: whether a further attempt comes within Retry-After and a minute. Mend: put the
request back and send it again with the same Idempotency-Key when the time has passed.`,
	Items: rateLimitItems,
	Needs: []recording.Exercise{recording.RateLimited},
	Run: func(t *Trial) {
		for _, l := range t.limits() {
			t.retried(l.Exchange, l.attempts, l.wait+t.patience())
		}
	},
})

var retryQuiet = add(&Check{
	ID:    "retry-quiet",
	Title: "the whole app is quiet while a rate limit lasts",
	Doc: `The limit is the merchant's, not one request's: every other call in that time counts too
and makes it longer.

Looked at: other calls to Anton between a 429 and the end of its Retry-After, in a phase
with nothing else to do. Mend: let all workers share the pause, and stop polling.`,
	Items: rateLimitItems,
	Needs: []recording.Exercise{recording.RateLimited},
	Level: Should,
	Run: func(t *Trial) {
		for _, l := range t.limits() {
			switch {
			case t.crowded(l):
				t.Missingf("another operation ran beside %s, so its silence says nothing; run golive certify again", l.of.Reference)
			case next(l.attempts, l.Exchange) == nil:
				t.Missingf("no further attempt came after the 429 in %s, so its silence says nothing; mend retry-429 first", l.Ref())
			default:
				t.hushed(l)
			}
		}
	},
})

// limit is an attempt that met a 429, and how long it asks to wait.
type limit struct {
	*recording.Exchange
	of       *recording.Operation
	attempts []*recording.Exchange
	wait     time.Duration
}

// limits are the 429s of the exercise rate-limited; an operation that met none
// is missing.
func (t *Trial) limits() []limit {
	var found []limit
	for _, o := range t.Of(recording.RateLimited) {
		attempts := t.requests(o)
		hit := refused(attempts, 429, 429)
		if len(hit) == 0 {
			t.unmet(o, "a 429")
		}
		for _, x := range hit {
			if wait, ok := pause(x); ok {
				found = append(found, limit{x, o, attempts, wait})
			}
		}
	}
	return found
}

// pause is the wait that an answer asks for, in whole seconds [A help 14127338].
func pause(x *recording.Exchange) (time.Duration, bool) {
	values := x.Response.Header["Retry-After"]
	if len(values) == 0 {
		return 0, false
	}
	n, err := strconv.Atoi(values[0])
	return time.Duration(n) * time.Second, err == nil && n >= 0
}

// crowded reports whether another operation of the exercise ran at the time, so
// that the app had something else to do.
func (t *Trial) crowded(l limit) bool {
	for _, o := range t.Of(recording.RateLimited) {
		over := o.Settled != nil && o.Settled.At.Before(l.End)
		if o != l.of && o.Begin.At.Before(l.End.Add(l.wait)) && !over {
			return true
		}
	}
	return false
}

// hushed judges the time after a 429. An early retry of the same request is
// retry-after's.
func (t *Trial) hushed(l limit) {
	t.Saw(l)
	var first *recording.Exchange
	n := 0
	for _, x := range t.Exchanges {
		within := x.Start.After(l.End.Add(timer)) && x.Start.Before(l.End.Add(l.wait-timer))
		if !within || distrusted(x) || t.Route(x) == t.Route(l.Exchange) && x.Operation == l.Operation {
			continue
		}
		if n++; first == nil {
			first = x
		}
	}
	if first != nil {
		t.Failf(first, "%s sent %s after a 429 with Retry-After: %d%s, want no call before the time has passed",
			t.call(first), seconds(Delay(l.Exchange, first)), int(l.wait.Seconds()), more(n-1))
	}
}

// more tells how many other places a finding stands for.
func more(n int) string {
	if n < 1 {
		return ""
	}
	return " and " + strconv.Itoa(n) + " more"
}
