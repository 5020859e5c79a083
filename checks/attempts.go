package checks

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// usualPatience is how long a retry may take to come where golive.yaml does not
// say otherwise.
const usualPatience = 60 * time.Second

// patience is how long a retry may take to come.
func (e *Evidence) patience() time.Duration {
	if e.Open.Patience > 0 {
		return e.Open.Patience
	}
	return usualPatience
}

// requests are an operation's payout requests.
func (e *Evidence) requests(o *recording.Operation) []*recording.Exchange {
	return e.Attempts(o.Reference, anton.PayoutCreate)
}

// struck are the attempts that a fault hit.
func struck(attempts []*recording.Exchange, kind recording.FaultKind) []*recording.Exchange {
	var hit []*recording.Exchange
	for _, x := range attempts {
		if x.Fault != nil && x.Fault.Kind == kind {
			hit = append(hit, x)
		}
	}
	return hit
}

// refused are the attempts that got a made-up answer of a status from least to
// most.
func refused(attempts []*recording.Exchange, least, most int) []*recording.Exchange {
	var hit []*recording.Exchange
	for _, x := range struck(attempts, recording.FaultStatus) {
		if x.Status() >= least && x.Status() <= most {
			hit = append(hit, x)
		}
	}
	return hit
}

// next is the first attempt that began when x had ended; one that was already
// under way is no reaction to it. nil: none came.
func next(attempts []*recording.Exchange, x *recording.Exchange) *recording.Exchange {
	for _, y := range attempts {
		if y != x && !y.Start.Before(x.End) {
			return y
		}
	}
	return nil
}

// own reports whether the answer was the proxy's, for want of an Anton or of a
// request that may pass; what an app does about it is not held against it.
func own(x *recording.Exchange) bool {
	if x.Fault == nil {
		return false
	}
	return x.Fault.Kind == recording.FaultUpstream || x.Fault.Kind == recording.FaultRefused
}

// failed reports whether an attempt ended so that an app may send it again: 5xx,
// 429, or no whole answer.
func failed(x *recording.Exchange) bool {
	if own(x) || x.Sends > 1 {
		return false
	}
	return x.Response == nil || x.Error != "" || x.Status() == 429 || x.Status() >= 500
}

// seen is what the app saw of an attempt, with its article.
func seen(x *recording.Exchange) string {
	switch {
	case x.Response == nil && x.Fault != nil && x.Fault.Kind != recording.FaultHang:
		return "a connection reset"
	case x.Response == nil:
		return "no answer"
	case x.Error != "":
		return "an answer cut short"
	}
	return "a " + strconv.Itoa(x.Status())
}

// watched is how long the app was watched after an attempt: until the harness
// killed it, or the recording ended.
func (e *Evidence) watched(x *recording.Exchange) time.Duration {
	for _, m := range e.Marks {
		if m.Kind == recording.MarkKilled && !m.At.Before(x.End) {
			return m.At.Sub(x.End)
		}
	}
	return e.last().Sub(x.End)
}

// last is the recording's last moment.
func (e *Evidence) last() time.Time {
	var at time.Time
	later := func(t time.Time) {
		if t.After(at) {
			at = t
		}
	}
	for _, x := range e.Exchanges {
		later(x.End)
	}
	for _, m := range e.Marks {
		later(m.At)
	}
	if e.Close != nil {
		later(e.Close.At)
	}
	return at
}

// retried judges that a further attempt came within the time allowed.
func (t *Trial) retried(x *recording.Exchange, attempts []*recording.Exchange, within time.Duration) {
	t.Saw(x)
	y := next(attempts, x)
	switch {
	case y != nil && Delay(x, y) <= within:
	case y != nil:
		t.Failf(y, "tried again %s after %s, want within %s (patience in golive.yaml raises it)", seconds(Delay(x, y)), seen(x), seconds(within))
	case t.watched(x) < within:
		t.Missingf("the app was not watched for %s after %s; let golive certify run to its end", seconds(within), seen(x))
	default:
		t.Failf(x, "no further attempt within %s after %s, want one (patience in golive.yaml raises the time)", seconds(within), seen(x))
	}
}

// unmet tells what to do about an operation that never came to its payout
// request.
func (t *Trial) unmet(o *recording.Operation, situation string) {
	t.Missingf("no payout request of %s met %s; see that the pay action leads to one", o.Reference, situation)
}

// seconds tells a duration as findings do: "0.8 s", "12.3 s".
func seconds(d time.Duration) string {
	unit := float64(time.Millisecond)
	if d >= 10*time.Second {
		unit *= 100
	}
	rounded := math.Round(float64(d)/unit) * unit
	return fmt.Sprintf("%s s", strconv.FormatFloat(math.Round(rounded/1e6)/1e3, 'f', -1, 64))
}
