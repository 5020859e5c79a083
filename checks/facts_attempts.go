package checks

import (
	"math"
	"slices"
	"time"

	"github.com/anton-payments/golive/checks/backoff"
	"github.com/anton-payments/golive/proxy/recording"
)

// troubled are the exercises whose attempts make a timeline.
var troubled = []recording.Exercise{
	recording.LostResponse, recording.ResetBeforeSend, recording.ServerError, recording.ServerErrorGentle, recording.NonJSON,
	recording.RateLimited, recording.ClientError, recording.EndlessError,
}

func (e *Evidence) timelines() []Timeline {
	told := []Timeline{}
	for _, x := range troubled {
		line := Timeline{Exercise: x}
		for _, o := range e.Of(x) {
			switch {
			case len(e.requests(o)) == 0:
			case len(line.Lanes) == mostLanes:
				line.Left++
			default:
				line.Lanes = append(line.Lanes, e.lane(o))
			}
		}
		if len(line.Lanes) == 0 {
			continue
		}
		if x == recording.ServerError || x == recording.ServerErrorGentle {
			line.Curve = e.curve(x)
		}
		told = append(told, line)
	}
	return told
}

// lane are an operation's payout requests, of which there are some; after a lost answer all of its calls,
// as the app may look the payout up; after a 429 whatever it calls meanwhile.
func (e *Evidence) lane(o *recording.Operation) Lane {
	l := Lane{Operation: o.Reference, Case: o.Facts["case"]}
	attempts := e.requests(o)
	first := attempts[0].Start
	room := map[bool]int{false: mostTries, true: mostCalls} // by whether it is a call beside
	for _, x := range e.around(o, attempts) {
		a := e.attempt(x, first)
		a.Beside = !slices.Contains(attempts, x)
		if room[a.Beside]--; room[a.Beside] >= 0 {
			l.Attempts = append(l.Attempts, a)
		} else if !a.Beside {
			l.Left++
		}
	}
	if m, _ := e.held(o); m != nil {
		l.Payouts = m.Facts["payouts"]
	}
	return l
}

// around are an operation's attempts, and the calls beside them that the
// exercise is about.
func (e *Evidence) around(o *recording.Operation, attempts []*recording.Exchange) []*recording.Exchange {
	var found []*recording.Exchange
	for _, x := range e.Exchanges {
		switch {
		case slices.Contains(attempts, x):
		case o.Exercise == recording.LostResponse && x.Operation == o.Reference && x.Start.After(attempts[0].Start):
		case o.Exercise == recording.RateLimited && e.waiting(x, attempts):
		default:
			continue
		}
		found = append(found, x)
	}
	return found
}

// waiting reports whether a call began while the app was asked to wait.
func (e *Evidence) waiting(x *recording.Exchange, attempts []*recording.Exchange) bool {
	for _, a := range refused(attempts, 429, 429) {
		wait, ok := pause(a)
		if ok && x.Start.After(a.End.Add(timer)) && x.Start.Before(a.End.Add(wait-timer)) && !distrusted(x) {
			return true
		}
	}
	return false
}

func (e *Evidence) attempt(x *recording.Exchange, first time.Time) Attempt {
	a := Attempt{
		Ref: x.ID, Call: e.call(x), At: milliseconds(first, x.Start), Took: milliseconds(x.Start, x.End), Status: x.Status(), Key: key(x),
	}
	if x.Fault != nil {
		a.Fault = x.Fault.Kind
	}
	if x.Upstream != nil {
		a.Anton = x.Upstream.Status
	}
	if x.Status() == 429 {
		wait, _ := pause(x)
		a.Wait = wait.Milliseconds()
	}
	return a
}

// curve puts the delays of the series that the statistics rest on together; nil
// for the other series, and where there are too few.
func (e *Evidence) curve(x recording.Exercise) *Curve {
	all := e.delays(growthDelays).all
	counts := x == recording.ServerErrorGentle || len(e.Of(recording.ServerErrorGentle)) == 0
	if !counts || len(all) < growthOperations {
		return nil
	}
	j := backoff.Growth(all)
	c := &Curve{Model: j.Model, Factor: math.Round(j.Factor*100) / 100}
	for n := range growthDelays {
		var at []float64
		for _, one := range all {
			at = append(at, one[n])
		}
		slices.Sort(at)
		p := Point{Retry: n + 1, Low: ms(at[0]), Middle: ms(at[len(at)/2]), High: ms(at[len(at)-1])}
		for _, delay := range at {
			p.Seen = append(p.Seen, ms(delay))
		}
		c.Points = append(c.Points, p)
	}
	c.fit()
	return c
}

// fit lays the model through the middles: a straight line through the first and
// the last for linear growth, else the power of the factor that lies nearest.
func (c *Curve) fit() {
	first, last := c.Points[0], c.Points[len(c.Points)-1]
	size, factor := 0.0, math.Max(c.Factor, 1)
	for i, p := range c.Points {
		size += math.Log(math.Max(float64(p.Middle), 1)) - float64(i)*math.Log(factor)
	}
	size = math.Exp(size / float64(len(c.Points)))
	for i := range c.Points {
		c.Points[i].Fitted = int64(math.Round(size * math.Pow(factor, float64(i))))
		if c.Model == "linear growth" {
			c.Points[i].Fitted = first.Middle + (last.Middle-first.Middle)*int64(i)/int64(len(c.Points)-1)
		}
	}
}

func ms(seconds float64) int64 { return int64(math.Round(seconds * 1000)) }
