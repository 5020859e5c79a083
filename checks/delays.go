package checks

import (
	"slices"
	"time"

	"github.com/anton-payments/golive/checks/backoff"
	"github.com/anton-payments/golive/proxy/recording"
)

// What the statistics of retry delays need at least (INT-3).
const (
	growthOperations = 4 // with growthDelays each
	growthDelays     = 3
	jitterOperations = 5 // with one delay each
	mostOperations   = 16
)

var retryBackoff = add(&Check{
	ID:    "retry-backoff",
	Title: "delays between retries grow exponentially",
	Doc: `When Anton is down, every app that keeps knocking at the same pace keeps it down, and its
own payouts with it.

Looked at: the delays between the attempts of operations whose payout request gets 5xx three
times. They are judged as statistics: the best growing model against constant and linear
ones; the finding gives model, factor, samples and odds. Where the samples do not decide,
further operations are run, to 16. Mend: double the delay after each failure, from about
one second, with jitter.`,
	Items:    []Item{Retries, LaunchBackoff},
	Needs:    []recording.Exercise{recording.ServerError},
	Inferred: true,
	Run: func(t *Trial) {
		d := t.delays(growthDelays)
		switch {
		case len(d.all) >= growthOperations:
			t.rule(backoff.Growth(d.all), d, "delays that grow by a factor from one retry to the next")
		case d.stalled > 0:
			t.stalled(d)
		default:
			t.Missingf("%d operations retried %d times after 5xx, want %d or more; let the app retry at least three times", len(d.all), growthDelays, growthOperations)
		}
	},
})

var retryJitter = add(&Check{
	ID:    "retry-jitter",
	Title: "delays between retries are random",
	Doc: `Apps that failed together and wait equally long come back together, and fail together
again.

Looked at: the same delay of several operations after 5xx: whether it scatters by more than
timers do. Mend: add a random part to each delay, such as half of it.`,
	Items:    []Item{Retries, LaunchBackoff},
	Needs:    []recording.Exercise{recording.ServerError},
	Inferred: true,
	Run: func(t *Trial) {
		d := t.delays(1)
		switch {
		case len(d.all) >= jitterOperations:
			t.rule(backoff.Jitter(d.all), d, "delays with a random part")
		case d.stalled > 0:
			t.stalled(d)
		default:
			t.Missingf("%d operations retried after 5xx, want %d or more; let the app retry", len(d.all), jitterOperations)
		}
	},
})

// rule turns an answer of the statistics into the verdict.
func (t *Trial) rule(j backoff.Judgement, d delays, wanted string) {
	switch {
	case j.Answer == backoff.Yes:
		t.Saw(d.first)
	case j.Answer == backoff.No:
		t.Failf(d.first, "%s, want %s", j, wanted)
	case d.stalled > 0:
		t.Missingf("%s: that does not decide, and the machine was too busy to time further ones (%d); run golive certify again on one that has less to do", j, d.stalled)
	default:
		t.Missingf("%s: that does not decide; run more operations (golive certify does, to %d)", j, mostOperations)
	}
}

// failing are the operations whose payout request got 5xx. The gentle series
// counts alone where there is one: in the other a circuit breaker may have held
// all back.
func (e *Evidence) failing() []*recording.Operation {
	gentle := slices.DeleteFunc(slices.Clone(e.Of(recording.ServerErrorGentle)), func(o *recording.Operation) bool {
		return o.Facts["case"] == "plain"
	})
	if len(gentle) > 0 {
		return gentle
	}
	return e.Of(recording.ServerError)
}

// delays are what the statistics get.
type delays struct {
	all     []backoff.Series
	first   *recording.Exchange // nil: none
	stalled int                 // operations left out, for the machine did not keep time
}

// delays are those after 5xx answers of the operations that have n or more.
func (e *Evidence) delays(n int) (d delays) {
	for _, o := range e.failing() {
		attempts := e.requests(o)
		one, stalled := e.between(attempts)
		if len(one) < n && stalled {
			d.stalled++
		}
		if len(one) < n {
			continue
		}
		if d.first == nil {
			d.first = attempts[0]
		}
		d.all = append(d.all, one)
	}
	return d
}

// between are the delays, in seconds, from each made-up 5xx to the attempt after
// it, up to the first that bears no evidence; stalled: for the machine did not
// keep time.
func (e *Evidence) between(attempts []*recording.Exchange) (one backoff.Series, stalled bool) {
	for i := 1; i < len(attempts); i++ {
		x, y := attempts[i-1], attempts[i]
		if x.Status() < 500 || x.Fault == nil || x.Fault.Kind != recording.FaultStatus || x.Sends > 1 || y.Sends > 1 {
			break
		}
		delay := max(0, Delay(x, y))
		if e.stall(x.End, y.Start) > max(15*time.Millisecond, delay/10) {
			return one, true
		}
		one = append(one, delay.Seconds())
	}
	return one, false
}

// stall is by how much a timer was late between two moments, at worst, as far
// as it was marked.
func (e *Evidence) stall(from, to time.Time) (worst time.Duration) {
	for _, m := range e.Marks {
		if m.Kind != recording.MarkStall {
			continue
		}
		within, err := time.ParseDuration(m.Facts["within"])
		late, other := time.ParseDuration(m.Facts["late"])
		if err == nil && other == nil && m.At.After(from) && m.At.Add(-within).Before(to) {
			worst = max(worst, late)
		}
	}
	return worst
}

// stalled says that the machine was too busy for the statistics.
func (t *Trial) stalled(d delays) {
	t.Missingf("the machine was too busy to time the retries of %d operations, %d are left; run golive certify again on one that has less to do", d.stalled, len(d.all))
}

// Undecided reports whether more operations would help the statistics of retry
// delays: they have what they need but do not decide, and there is room.
func Undecided(rec *recording.Recording) bool {
	e, err := EvidenceOf(rec)
	if err != nil {
		return false
	}
	run, growth, jitter := len(e.failing()), e.delays(growthDelays), e.delays(1)
	if len(growth.all) >= mostOperations || run >= 2*mostOperations {
		return false
	}
	return growth.stalled > 0 && len(growth.all) < growthOperations || jitter.stalled > 0 && len(jitter.all) < jitterOperations ||
		len(growth.all) >= growthOperations && backoff.Growth(growth.all).Answer == backoff.Undecided ||
		len(jitter.all) >= jitterOperations && backoff.Jitter(jitter.all).Answer == backoff.Undecided
}

// Breaker reports whether the delays look like a circuit breaker's: the whole
// app silent for a while, then retries of several operations at once. Such a
// series says nothing of the app's own backoff and is run again gently.
func Breaker(rec *recording.Recording) bool {
	e, err := EvidenceOf(rec)
	if err != nil {
		return false
	}
	var starts []start
	for _, o := range e.Of(recording.ServerError) {
		for i, x := range e.requests(o) {
			starts = append(starts, start{x.Start, i > 0})
		}
	}
	slices.SortFunc(starts, func(a, b start) int { return a.at.Compare(b.at) })
	const silence, crowd, together = 8 * time.Second, 3, time.Second
	for i := 1; i+crowd <= len(starts); i++ {
		fresh := slices.ContainsFunc(starts[i:i+crowd], func(s start) bool { return !s.retry }) // a batch of ours begins
		if !fresh && starts[i].at.Sub(starts[i-1].at) >= silence && starts[i+crowd-1].at.Sub(starts[i].at) <= together {
			return true
		}
	}
	return false
}

// start is when an attempt began.
type start struct {
	at    time.Time
	retry bool
}
