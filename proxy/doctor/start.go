package doctor

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/exercise"
	"github.com/anton-payments/golive/proxy/recording"
)

// notReady is how package app begins to tell that the app runs and does not
// answer 2xx.
const notReady = "the app is not ready"

// started: the app runs and answers where golive.yaml says.
func (c *Case) started() (*Fault, string) {
	trouble := c.Signs.Trouble
	switch {
	case trouble != "" && c.silent():
		return c.wrongPort(), ""
	case strings.HasPrefix(trouble, notReady) && c.waits():
		return nil, "" // for Anton: why it never hears of it is told below
	case trouble != "":
		title, hint, _ := strings.Cut(strings.Split(trouble, "\n")[0], "; ")
		hint, _, _ = strings.Cut(hint, "; ")
		f := &Fault{Title: title, Seen: c.lastLines(), Cures: []string{strings.TrimSuffix(hint, "?")}}
		if strings.HasPrefix(title, notReady) {
			f.Cures = []string{"write into app.ready a URL that answers 2xx once the app can take orders, or make it do so"}
			if len(c.Signs.Seen.Exchanges) == 0 {
				f.Cause = "no call of it reached Anton: if it waits for that, it goes around the proxy, or its base URL is another"
			}
		}
		return f, ""
	case c.silent():
		return c.wrongPort(), ""
	case c.Config.App.Ready != "" && c.mark(recording.MarkReady) != nil:
		return nil, "the app answers at " + c.Config.App.Ready
	case c.mark(recording.MarkStarted) != nil:
		return nil, "the app starts"
	}
	return nil, ""
}

// waits reports whether something on the way to Anton keeps the app from being
// ready.
func (c *Case) waits() bool {
	if len(c.Signs.Seen.Exchanges) == 0 {
		return len(c.Signs.Passed) > 0 || heard(c.Base)
	}
	_, addressed := c.addressed()
	_, keyed := c.keyed()
	return addressed == "" || keyed == ""
}

// silent reports whether nobody listens where golive.yaml says the app does.
func (c *Case) silent() bool {
	const words = "nothing listens there"
	return strings.Contains(c.Signs.Trouble, words) || strings.Contains(c.Signs.Pay, words)
}

func (c *Case) wrongPort() *Fault {
	at := c.Config.App.Ready
	if _, target := c.payRequest(); at == "" || !strings.Contains(c.Signs.Trouble, "nothing listens there") {
		at = target
	}
	u, err := url.Parse(at)
	if err != nil {
		u = &url.URL{Host: at}
	}
	f := &Fault{
		Title: fmt.Sprintf("wrong port: nothing listens on %s, where golive.yaml says the app does", u.Host),
		Cause: "the app listens elsewhere, or takes its port from a variable that it was not given",
		Cures: []string{fmt.Sprintf("hand the app its port, app.env: { PORT: %q }, if that is the variable that it reads", u.Port())},
	}
	switch ports := c.Signs.Ports; {
	case len(ports) == 0:
		f.Seen = c.lastLines()
	case slices.Contains(ports, u.Port()):
		f.Cause = "the app was not listening yet when it was asked to pay"
		f.Cures = []string{"write into app.ready a URL that answers 2xx once the app can take orders"}
	default:
		f.Seen = []string{"the app listens on port " + strings.Join(ports, " and ")}
		f.Cures = append([]string{"write port " + ports[0] + " into golive.yaml: app.ready, webhook.url and the actions"}, f.Cures...)
	}
	return f
}

func (c *Case) payRequest() (method, target string) {
	if c.Config.Actions.Pay == nil {
		return "", ""
	}
	return c.Config.Actions.Pay.Request()
}

// lastLines are the app's own last words.
func (c *Case) lastLines() []string {
	var lines []string
	for _, line := range c.Signs.Output {
		lines = append(lines, "app | "+line)
	}
	return lines
}

// lives: the app is still there after its first payout.
func (c *Case) lives() (*Fault, string) {
	m := c.mark(recording.MarkExited)
	if m == nil {
		return nil, ""
	}
	return &Fault{
		Title: fmt.Sprintf("the app ended by itself during its first payout, with exit code %s", m.Facts["code"]),
		Seen:  c.lastLines(),
		Cause: "something that only happens when it pays: a setting that is missing, an answer that it did not expect",
		Cures: []string{"call the pay action by hand and mend what ends the app; it must answer an error instead"},
	}, ""
}

// tolerance is how far clocks may be apart: a tenth of what a signature may be old.
const tolerance = 30 * time.Second

func (c *Case) appClock() (*Fault, string) {
	s := c.Signs.App
	if !s.Known {
		return nil, ""
	}
	if s.Ahead.Abs() <= tolerance {
		return nil, "the app's clock is right"
	}
	return &Fault{
		Title: fmt.Sprintf("the app's clock is %s this machine's", apart(s)),
		Seen:  []string{"the Date header of its answers"},
		Cause: "a signature that is more than 5 minutes old is refused, so the app refuses every genuine webhook; a certificate is valid for a day",
		Cures: []string{"set the clock where the app runs by NTP: timedatectl set-ntp true; restart a container or virtual machine that slept", "take out what shifts the time for tests (libfaketime, mocked clocks)"},
	}, ""
}

func (c *Case) ownClock() (*Fault, string) {
	s := c.Signs.Anton
	if !s.Known {
		return nil, ""
	}
	if s.Ahead.Abs() <= tolerance {
		return nil, "this machine's clock is Anton's"
	}
	s.Ahead = -s.Ahead
	return &Fault{
		Title: fmt.Sprintf("this machine's clock is %s Anton's", apart(s)),
		Seen:  []string{"the Date header of Anton's answers"},
		Cause: "webhooks are signed with Anton's time and verified with this machine's",
		Cures: []string{"set this machine's clock by NTP: timedatectl set-ntp true"},
	}, ""
}

// apart is "10 minutes ahead of" or "45 seconds behind".
func apart(s exercise.Skew) string {
	d, unit := s.Ahead.Abs(), "seconds"
	n := d.Round(time.Second) / time.Second
	switch {
	case d > 100*time.Minute:
		n, unit = d.Round(time.Hour)/time.Hour, "hours"
	case d > 100*time.Second:
		n, unit = d.Round(time.Minute)/time.Minute, "minutes"
	}
	if s.Ahead < 0 {
		return fmt.Sprintf("%d %s behind", n, unit)
	}
	return fmt.Sprintf("%d %s ahead of", n, unit)
}
