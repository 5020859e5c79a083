package config

import (
	"slices"
	"strings"
)

// Action makes the app act: an HTTP request or a command, exactly one of them.
type Action struct {
	HTTP    string            `yaml:"http"`    // "METHOD URL"; ${name} in the URL is escaped
	JSON    any               `yaml:"json"`    // request body; ${name} is replaced inside strings only
	Headers map[string]string `yaml:"headers"` // request headers
	Run     []string          `yaml:"run"`     // command and arguments; also gets GOLIVE_REFERENCE and so on
	Count   string            `yaml:"count"`   // path into the answer, "$.count"; the list action alone has it
	Value   string            `yaml:"value"`   // path into the answer, "$.data[0].status"
}

// Path is where the action's value stands in its answer; empty: nowhere.
func (a Action) Path() string {
	if a.Value != "" {
		return a.Value
	}
	return a.Count
}

// Request splits HTTP into method and URL; both empty for a command.
func (a Action) Request() (method, url string) {
	method, url, _ = strings.Cut(a.HTTP, " ")
	return method, strings.TrimSpace(url)
}

// Actions are the ways to make the app act; nil: not given.
type Actions struct {
	Pay     *Action `yaml:"pay"`     // submits one payout; returns when the app has accepted it or given up
	List    *Action `yaml:"list"`    // walks all payouts
	Status  *Action `yaml:"status"`  // tells the app's own word for a payout's status
	Effects *Action `yaml:"effects"` // answers something that changes when an event takes effect
	Cancel  *Action `yaml:"cancel"`  // cancels a payout
}

// Names of the actions, in the order of Actions.
var actionNames = []string{"pay", "list", "status", "effects", "cancel"}

// Named is the action of that name; nil when it is not given.
func (a Actions) Named(name string) *Action {
	switch name {
	case "pay":
		return a.Pay
	case "list":
		return a.List
	case "status":
		return a.Status
	case "effects":
		return a.Effects
	case "cancel":
		return a.Cancel
	}
	return nil
}

// Names are the actions given, in the order pay, list, status, effects, cancel.
func (a Actions) Names() []string {
	return slices.DeleteFunc(slices.Clone(actionNames), func(n string) bool { return a.Named(n) == nil })
}

// Values are the names that ${…} may hold, in the order in which they are told.
var Values = []string{
	"reference", "amount", "currency", "first_name", "last_name", "email", "phone", "date_of_birth",
	"country", "account_number", "routing_number", "iban",
}

// Placeholders are the names of the ${…} in a text, as they come. An opening
// without its brace is told as a name with "${" in front.
func Placeholders(text string) []string {
	var names []string
	Fill(text, func(name string) string {
		names = append(names, name)
		return ""
	})
	return names
}

// Fill replaces each ${name} of a text by what value gives for it. What was
// put in is not looked at again.
func Fill(text string, value func(name string) string) string {
	var out strings.Builder
	for {
		head, rest, found := strings.Cut(text, "${")
		out.WriteString(head)
		if !found {
			return out.String()
		}
		name, tail, closed := strings.Cut(rest, "}")
		if !closed {
			out.WriteString(value("${" + rest))
			return out.String()
		}
		out.WriteString(value(name))
		text = tail
	}
}
