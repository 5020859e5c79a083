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
		all, first := t.delays(growthDelays)
		if len(all) < growthOperations {
			t.Missingf("%d operations retried %d times after 5xx, want %d or more; let the app retry at least three times", len(all), growthDelays, growthOperations)
			return
		}
		t.rule(backoff.Growth(all), first, "delays that grow by a factor from one retry to the next")
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
		all, first := t.delays(1)
		if len(all) < jitterOperations {
			t.Missingf("%d operations retried after 5xx, want %d or more; let the app retry", len(all), jitterOperations)
			return
		}
		t.rule(backoff.Jitter(all), first, "delays with a random part")
	},
})

// rule turns an answer of the statistics into the verdict.
func (t *Trial) rule(j backoff.Judgement, first *recording.Exchange, wanted string) {
	switch j.Answer {
	case backoff.Yes:
		t.Saw(first)
	case backoff.No:
		t.Failf(first, "%s, want %s", j, wanted)
	default:
		t.Missingf("%s: that does not decide; run more operations (golive certify does, to %d)", j, mostOperations)
	}
}

// delays are those after 5xx answers of the operations that have n or more, in
// seconds, and the first exchange among them. The gentle series counts alone
// where there is one: in the other a circuit breaker may have held all back.
func (e *Evidence) delays(n int) (all []backoff.Series, first *recording.Exchange) {
	from := recording.ServerError
	if len(e.Of(recording.ServerErrorGentle)) > 0 {
		from = recording.ServerErrorGentle
	}
	for _, o := range e.Of(from) {
		attempts := e.requests(o)
		one := between(attempts)
		if len(one) < n {
			continue
		}
		if first == nil {
			first = attempts[0]
		}
		all = append(all, one)
	}
	return all, first
}

// between are the delays from each made-up 5xx to the attempt after it, up to
// the first that bears no evidence.
func between(attempts []*recording.Exchange) backoff.Series {
	var one backoff.Series
	for i := 1; i < len(attempts); i++ {
		x, y := attempts[i-1], attempts[i]
		if x.Status() < 500 || x.Fault == nil || x.Fault.Kind != recording.FaultStatus || x.Sends > 1 || y.Sends > 1 {
			break
		}
		one = append(one, max(0, Delay(x, y)).Seconds())
	}
	return one
}

// Undecided reports whether more operations would help the statistics of retry
// delays: they have what they need but do not decide, and there is room.
func Undecided(rec *recording.Recording) bool {
	e, err := EvidenceOf(rec)
	if err != nil || len(e.Of(recording.ServerError)) >= mostOperations {
		return false
	}
	growth, _ := e.delays(growthDelays)
	jitter, _ := e.delays(1)
	return len(growth) >= growthOperations && backoff.Growth(growth).Answer == backoff.Undecided ||
		len(jitter) >= jitterOperations && backoff.Jitter(jitter).Answer == backoff.Undecided
}

// Breaker reports whether the delays look like a circuit breaker's: the whole
// app silent for a while, then several operations at once. Such a series says
// nothing of the app's own backoff and is run again gently.
func Breaker(rec *recording.Recording) bool {
	e, err := EvidenceOf(rec)
	if err != nil {
		return false
	}
	var starts []time.Time
	for _, o := range e.Of(recording.ServerError) {
		for _, x := range e.requests(o) {
			starts = append(starts, x.Start)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	const silence, crowd, together = 8 * time.Second, 3, time.Second
	for i := 1; i+crowd <= len(starts); i++ {
		if starts[i].Sub(starts[i-1]) >= silence && starts[i+crowd-1].Sub(starts[i]) <= together {
			return true
		}
	}
	return false
}
