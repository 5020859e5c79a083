package doctor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// keyed: the calls carry the key that the app was handed.
func (c *Case) keyed() (*Fault, string) {
	handed := c.Signs.Seen.Open.Handed
	if handed == "" {
		return nil, ""
	}
	for _, x := range c.Signs.Seen.Exchanges {
		key := strings.Join(x.Request.Header["Authorization"], ", ")
		call := fmt.Sprintf("%s %s %s", x.ID, x.Request.Method, x.Request.Path)
		switch {
		case key == "":
			return c.wrongKey("the app calls Anton without a key", call+" had no Authorization header"), ""
		case !strings.Contains(key, handed):
			return c.wrongKey("the app calls Anton with another key than the one it was handed: it is hard-coded, or read elsewhere", call+" carried "+key), ""
		case x.Status() == 401 && x.Fault == nil:
			return &Fault{Title: "Anton refuses the key", Seen: []string{call + " was answered 401"},
				Cause: "the key in GOLIVE_UPSTREAM_KEY is not one of this Anton", Cures: []string{"set GOLIVE_UPSTREAM_KEY to an ak_test_ key of the sandbox"}}, ""
		}
	}
	return nil, "the app uses the key that it was handed"
}

func (c *Case) wrongKey(title, seen string) *Fault {
	v := c.Config.App.Variables.APIKey
	return &Fault{
		Title: title, Seen: []string{seen},
		Cause: fmt.Sprintf("golive hands the app a key made for the run in %s", v),
		Cures: []string{
			fmt.Sprintf("have the app read its key from %s, without a default in the source", v),
			"name the variable that the app reads in golive.yaml: app.variables: { api_key: … }",
			"look for a .env file that takes the place of the environment",
		},
	}
}

// payFailed: the action failed, and the app asked nothing of Anton.
func (c *Case) payFailed() *Fault {
	return &Fault{
		Title: "the pay action fails: " + oneLine(c.Signs.Pay),
		Seen:  append([]string{"the app asked nothing of Anton"}, c.lastLines()...),
		Cause: "actions.pay in golive.yaml is not what the app wants, or the app cannot reach Anton and answers so",
		Cures: []string{"compare method, path and members of actions.pay with the app's own API", "call it by hand: the app's log tells what it misses"},
	}
}

// paid: the payout stands at Anton, under its reference.
func (c *Case) paid() (*Fault, string) {
	var last *recording.Exchange
	for _, x := range c.Signs.Seen.Exchanges {
		if r, _ := c.Profile.Route(x.Request.Method, x.Request.Path); r.Name != anton.PayoutCreate {
			continue
		}
		if last = x; x.Status()/100 == 2 && x.Operation != "" {
			return nil, "the pay action makes a payout"
		}
	}
	switch {
	case c.Config.Actions.Pay == nil:
		return nil, ""
	case last == nil && c.Signs.Pay != "":
		return c.payFailed(), ""
	case last == nil:
		return &Fault{
			Title: "the app calls Anton, but makes no payout",
			Seen:  append(c.calls(), c.lastLines()...),
			Cures: []string{"check that actions.pay submits a payout, and raise patience if the app pays by a slow job"},
		}, ""
	case last.Status()/100 == 2:
		return &Fault{
			Title: "the payout at Anton does not carry the reference of the pay action",
			Seen:  []string{fmt.Sprintf("%s POST /v1/payouts was answered %d, and nothing in it names the reference", last.ID, last.Status())},
			Cause: "golive tells operations apart by it; without it, it can try only one at a time",
			Cures: []string{"put the reference into the payout's reference or description"},
		}, ""
	}
	return &Fault{
		Title: fmt.Sprintf("Anton refuses the payout: %d %s", last.Status(), problem(last)),
		Seen:  c.calls(),
		Cause: "a member of the payout, its payee or its instrument is not as Anton wants it",
		Cures: []string{"hand the pay action what the app needs (golive.yaml, actions.pay.json), or mend what the app makes of it"},
	}, ""
}

// calls are the last calls to Anton, a line each.
func (c *Case) calls() (lines []string) {
	all := c.Signs.Seen.Exchanges
	for _, x := range all[max(len(all)-4, 0):] {
		lines = append(lines, fmt.Sprintf("%s %s %s → %d %s", x.ID, x.Request.Method, x.Request.Path, x.Status(), problem(x)))
	}
	return lines
}

// problem is the error code of an answer; "" when it names none.
func problem(x *recording.Exchange) string {
	var body struct {
		Error struct {
			Code    any    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if x.Response == nil || json.Unmarshal(x.Response.Body.Bytes(), &body) != nil || body.Error.Code == nil {
		return ""
	}
	return oneLine(fmt.Sprintf("%v: %s", body.Error.Code, body.Error.Message))
}

// oneLine is a text fit for a title.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 140 {
		text = strings.ToValidUTF8(text[:140], "") + "…"
	}
	return text
}
