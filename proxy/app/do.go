package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/config"
)

// Answer is what an action came to.
type Answer struct {
	Code  int    // HTTP status, or exit code of the command
	Body  []byte // answer's body, or the command's standard output; up to 16 MiB
	Value string // what the action's path names, numbers in the answer's own digits; "" when the action has no path or did not succeed
}

// Bounds of an action.
const (
	ActionTimeout = 60 * time.Second
	answerBytes   = 16 << 20
)

// Do makes the app act. Each ${name} is replaced by its value: escaped in the
// URL, inside strings of JSON and headers, as it stands in a command's words. A
// command runs in dir with env, and GOLIVE_NAME for each value.
//
// An answer that tells of trouble (4xx, 5xx, a non-zero exit code) is an Answer.
// The error is for what gave none: a value that is not given, nobody listening,
// no answer within 60 s, a successful answer without the value that the path
// names. It never holds a value.
func Do(ctx context.Context, act config.Action, values map[string]string, dir string, env []string) (Answer, error) {
	if missing := unfilled(act, values); missing != "" {
		return Answer{}, fmt.Errorf("${%s} has no value here", missing)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, ActionTimeout, errors.New("no answer within 60 s"))
	defer cancel()
	if act.HTTP == "" {
		return command(ctx, act, values, &exec.Cmd{Dir: dir, Env: env})
	}
	return request(ctx, act, values)
}

func unfilled(act config.Action, values map[string]string) string {
	texts := append([]string{act.HTTP}, act.Run...)
	for _, text := range act.Headers {
		texts = append(texts, text)
	}
	body, _ := json.Marshal(act.JSON)
	for _, name := range config.Placeholders(strings.Join(append(texts, string(body)), "\n")) {
		if _, ok := values[name]; !ok {
			return name
		}
	}
	return ""
}

func request(ctx context.Context, act config.Action, values map[string]string) (Answer, error) {
	method, target := act.Request()
	body, err := requestBody(act.JSON, values)
	if err != nil {
		return Answer{}, err
	}
	place := method + " " + target
	r, err := http.NewRequestWithContext(ctx, method, fillURL(target, values), bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: not a URL once its values are put in", place)
	}
	if act.JSON != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, text := range act.Headers {
		r.Header.Set(name, fill(text, values))
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	response, err := direct.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %s", place, reason(ctx, err))
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, answerBytes))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: answer cut after %d bytes: %s", place, len(got), reason(ctx, err))
	}
	return valued(Answer{Code: response.StatusCode, Body: got}, act, response.StatusCode/100 == 2)
}

// reason is why there is no answer; the caller's own end of the context counts
// before what it led to.
func reason(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		return cause.Error()
	}
	return plain(err)
}

func fill(text string, values map[string]string) string {
	return config.Fill(text, func(name string) string { return values[name] })
}

// fillURL escapes for the path before the question mark, for the query after it.
func fillURL(target string, values map[string]string) string {
	path, query, found := strings.Cut(target, "?")
	path = config.Fill(path, func(name string) string { return url.PathEscape(values[name]) })
	if !found {
		return path
	}
	return path + "?" + config.Fill(query, func(name string) string { return url.QueryEscape(values[name]) })
}

// requestBody puts the values into the strings of the JSON value, so that none
// can become syntax; nil without JSON.
func requestBody(value any, values map[string]string) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fillJSON(value, values)); err != nil {
		return nil, fmt.Errorf("json of the action: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'}), nil
}

func fillJSON(value any, values map[string]string) any {
	switch v := value.(type) {
	case string:
		return fill(v, values)
	case []any:
		filled := make([]any, len(v))
		for i, element := range v {
			filled[i] = fillJSON(element, values)
		}
		return filled
	case map[string]any:
		filled := make(map[string]any, len(v))
		for name, member := range v {
			filled[name] = fillJSON(member, values)
		}
		return filled
	}
	return value
}

// command runs the action's command in the folder and environment of the given
// one.
func command(ctx context.Context, act config.Action, values map[string]string, at *exec.Cmd) (Answer, error) {
	var words []string
	for _, word := range act.Run {
		words = append(words, fill(word, values))
	}
	var out, complaints bounded
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = at.Dir, at.Env
	if cmd.Env == nil {
		cmd.Env = cmd.Environ()
	}
	for _, name := range config.Values {
		if value, ok := values[name]; ok {
			cmd.Env = append(slices.Clip(cmd.Env), "GOLIVE_"+strings.ToUpper(name)+"="+value)
		}
	}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &complaints, outputGrace
	ownGroup(cmd)
	cmd.Cancel = func() error { killGroup(cmd); return nil }
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err != nil && ctx.Err() != nil:
		return Answer{}, fmt.Errorf("%s: %w", act.Run[0], context.Cause(ctx))
	case errors.As(err, &exit):
		return Answer{Code: exitCode(exit.ProcessState), Body: out.kept}, nil
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return Answer{}, (&App{o: Options{Command: act.Run, Dir: at.Dir}}).startError(err)
	}
	return valued(Answer{Body: out.kept}, act, true)
}

// bounded keeps the first answerBytes of what is written.
type bounded struct{ kept []byte }

func (b *bounded) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), answerBytes-len(b.kept))]...)
	return len(p), nil
}
