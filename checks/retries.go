package checks

import (
	"strconv"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

const (
	enoughOperations = 6                // operations that must have met a server error
	mostAttempts     = 10               // attempts while Anton keeps failing
	restAfterRefusal = 10 * time.Second // how long a 4xx must stay without a retry
)

var retry5xx = add(&Check{
	ID:    "retry-5xx",
	Title: "a payout is tried again after a server error",
	Doc: `A 500, 502 or 503 lasts a moment. Who does not try again leaves people unpaid until
somebody looks.

Looked at: operations whose payout request gets 500, 502 and 503, then passes. Mend: try
again with growing, random delays and the same Idempotency-Key; three retries will do.`,
	Items: []Item{Retries, LaunchBackoff},
	Needs: []recording.Exercise{recording.ServerError},
	Run: func(t *Trial) {
		gentle := t.Ran(recording.ServerErrorGentle)
		met := 0
		for _, o := range append(t.Of(recording.ServerError), t.Of(recording.ServerErrorGentle)...) {
			attempts := t.requests(o)
			hit := refused(attempts, 500, 599)
			if len(hit) == 0 || gentle && o.Exercise == recording.ServerError && !t.resumed(hit[0], attempts) {
				continue
			}
			met++
			t.retried(hit[0], attempts, t.patience())
		}
		if met < enoughOperations && t.Ran(recording.ServerError) {
			t.Missingf("%d operations met a server error, want %d or more; see that the pay action leads to a payout request", met, enoughOperations)
		}
	},
})

// resumed reports whether a further attempt came in time. Where the operations
// were run again gently, one that was not resumed in the crowd may have been
// held up by a circuit breaker.
func (t *Trial) resumed(x *recording.Exchange, attempts []*recording.Exchange) bool {
	y := next(attempts, x)
	return y != nil && Delay(x, y) <= t.patience()
}

var retryBounded = add(&Check{
	ID:    "retry-bounded",
	Title: "retries end when Anton stays down",
	Doc: `Endless retries keep an outage alive, and a payout that is sent hours later may not be
wanted any more.

Looked at: the attempts of one operation whose payout request always gets 503. Mend: stop
after a few attempts, raise an alert and leave the operation for a person.`,
	Items: []Item{Retries, LaunchBackoff},
	Needs: []recording.Exercise{recording.EndlessError},
	Level: Should,
	Run: func(t *Trial) {
		end := t.ended(recording.EndlessError)
		for _, o := range t.Of(recording.EndlessError) {
			if o.Facts["case"] == "after" {
				continue
			}
			hit := refused(t.requests(o), 500, 599)
			if len(hit) == 0 {
				t.unmet(o, "an endless 503")
				continue
			}
			t.Saw(hit[0])
			n := 0
			for _, x := range hit {
				if !x.Start.After(end) {
					n++
				}
			}
			if n > mostAttempts {
				t.Failf(hit[mostAttempts], "%d attempts while every answer was a %d, want at most %d", n, hit[0].Status(), mostAttempts)
			}
		}
	},
})

// ended is when an exercise ended; the recording's last moment when it did not.
func (e *Evidence) ended(x recording.Exercise) time.Time {
	for _, m := range e.Marks {
		if m.Kind == recording.MarkEnd && m.Exercise == x {
			return m.At
		}
	}
	return e.last()
}

// refusals are the cases of the exercise client-error.
var refusals = []string{"400", "401", "403", "404", "409", "422"}

var retryNo4xx = add(&Check{
	ID:    "retry-no-4xx",
	Title: "a refused payout is not sent again",
	Doc: `A 4xx answer stays the same however often it is asked for. Retries use up the rate limit
that good payouts need, and look like an attack.

Looked at: one operation each whose payout request gets 400, 401, 403, 404, 409 and 422,
until it settled and for 10 s at least. Mend: try again on 429, 5xx and lost connections
alone; hand every other refusal to a person.`,
	Items: []Item{Retries},
	Needs: []recording.Exercise{recording.ClientError},
	Run: func(t *Trial) {
		met := map[string]bool{}
		for _, o := range t.Of(recording.ClientError) {
			attempts := t.requests(o)
			hit := refused(attempts, 400, 499)
			if len(hit) == 0 {
				continue
			}
			met[strconv.Itoa(hit[0].Status())] = true
			t.rested(o, hit[0], attempts)
		}
		for _, c := range refusals {
			if !met[c] && t.Ran(recording.ClientError) {
				t.Missingf("no payout request met a %s; see that the pay action leads to one", c)
			}
		}
	},
})

// rested judges that nothing of an operation followed its refusal.
func (t *Trial) rested(o *recording.Operation, x *recording.Exchange, attempts []*recording.Exchange) {
	if y := next(attempts, x); y != nil && (o.Again == nil || y.Start.Before(o.Again.At)) {
		t.Failf(y, "sent again %s after a %d, want no retry of a 4xx other than 429", seconds(Delay(x, y)), x.Status())
		return
	}
	switch {
	case o.Settled == nil:
		t.Missingf("%s was not watched until it settled; let golive certify run to its end", o.Reference)
	case o.Settled.At.Sub(x.End) < restAfterRefusal:
		t.Missingf("%s was watched for %s after its %d, want %s or more; let golive certify run to its end",
			o.Reference, seconds(o.Settled.At.Sub(x.End)), x.Status(), seconds(restAfterRefusal))
	default:
		t.Saw(x)
	}
}

var retryConnection = add(&Check{
	ID:    "retry-connection",
	Title: "a payout is tried again after a lost connection",
	Doc: `A connection that breaks says nothing about the payout: it may be waiting, or paid. Who
gives up leaves it in doubt.

Looked at: operations whose connection was reset before Anton saw the payout request, and
after it had accepted it. Mend: send the same request again with the same
Idempotency-Key, or look the payout up first.`,
	Items: []Item{Retries},
	Needs: []recording.Exercise{recording.LostResponse, recording.ResetBeforeSend},
	Level: Should,
	Run: func(t *Trial) {
		for _, o := range append(t.Of(recording.LostResponse), t.Of(recording.ResetBeforeSend)...) {
			attempts := t.requests(o)
			hit := append(struck(attempts, recording.FaultLostAnswer), struck(attempts, recording.FaultReset)...)
			switch {
			case len(hit) == 0:
				t.unmet(o, "a lost connection")
			case hit[0].Fault.Kind == recording.FaultLostAnswer && next(attempts, hit[0]) == nil && t.lookedUp(hit[0]):
				t.Saw(hit[0])
			default:
				t.retried(hit[0], attempts, t.patience())
			}
		}
	},
})

var retryNonJSON = add(&Check{
	ID:    "retry-non-json",
	Title: "an error without JSON does not stop the app",
	Doc: `Gateways answer for Anton when it is down, with HTML or with nothing. An app that chokes
on that stops paying at the moment when it should try again.

Looked at: an operation that gets a 502 with an HTML body once, one that gets a 503 with
an empty body once, and one after them. Mend: judge by the status first, and read the
body only as far as it is JSON.`,
	Items: []Item{Retries},
	Needs: []recording.Exercise{recording.NonJSON},
	Level: Should,
	Run: func(t *Trial) {
		for _, o := range t.Of(recording.NonJSON) {
			attempts := t.requests(o)
			hit := refused(attempts, 500, 599)
			switch {
			case o.Facts["case"] == "after":
				t.wentOn(o)
			case len(hit) == 0:
				t.unmet(o, "an error without JSON")
			default:
				t.retried(hit[0], attempts, t.patience())
			}
		}
	},
})

// wentOn judges that an operation after the trouble led to a payout.
func (t *Trial) wentOn(o *recording.Operation) {
	for _, x := range t.Attempts(o.Reference, anton.PayoutCreate) {
		if success(x.Status()) {
			t.Saw(x)
			return
		}
	}
	if o.Settled == nil {
		t.Missingf("%s was not watched until it settled; let golive certify run to its end", o.Reference)
		return
	}
	t.Saw(o)
	t.Failf(o, "no payout after errors without JSON, want the app to go on with later operations")
}
