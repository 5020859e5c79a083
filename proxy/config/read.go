package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Problem is one thing wrong with a file, where it stands, and what to write
// instead. The error of Read and Parse joins all problems of the file.
type Problem struct {
	File         string
	Line, Column int // from 1
	Text         string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Read reads a file. A relative app.dir is resolved against the file's folder,
// and so are the waivers and their key.
func Read(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: not found; write one with golive init or give --config", path)
	}
	if err != nil {
		return nil, err
	}
	c, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	beside := func(file *string) {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
	beside(&c.App.Dir)
	beside(&c.WaiverKey)
	for i := range c.Waivers {
		beside(&c.Waivers[i])
	}
	return c, nil
}

// Parse reads a file's content; name is what problems call the file. Empty
// content is a Config of defaults.
func Parse(name string, data []byte) (*Config, error) {
	f := &file{name: name, nodes: map[string]ast.Node{}}
	c := &Config{}
	body := f.body(data)
	if body != nil {
		f.shape("", body, typeOf(c))
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if body != nil {
		f.fill(body, c)
	}
	f.defaults(c)
	f.config(c)
	if err := f.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// body is the content of the one document; nil when there is none.
func (f *file) body(data []byte) ast.Node {
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		f.library(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range parsed.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	if len(bodies) > 1 {
		f.problem(bodies[1], "a second document begins here, keep one")
	}
	return bodies[0]
}

// fill takes the values over. JSON is taken from the digits in the file, so
// that no number turns into a float on the way.
func (f *file) fill(body ast.Node, c *Config) {
	if err := yaml.NodeToValue(body, c, yaml.Strict()); err != nil {
		f.library(err)
	}
	for _, name := range actionNames {
		if a, node := c.Actions.Named(name), f.nodes["actions."+name+".json"]; a != nil && node != nil {
			a.JSON = f.json(node)
		}
	}
}

// library takes an error of the YAML library over.
func (f *file) library(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		text := at.GetMessage()
		if strings.Contains(text, "'\t'") {
			text = "a tab, want spaces: YAML takes no tabs in front of a line"
		}
		f.problems = append(f.problems, &Problem{f.name, p.Line, p.Column, text})
		return
	}
	f.problems = append(f.problems, &Problem{f.name, 1, 1, err.Error()})
}

// defaults fills in what the file does not say. A zero that it does say stays,
// to be refused.
func (f *file) defaults(c *Config) {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&c.Profile, anton.Profiles[0].Name)
	set(&c.Upstream, Embedded)
	set(&c.App.Dir, ".")
	set(&c.App.Route, RouteProxy)
	set(&c.App.Variables.APIKey, "ANTON_API_KEY")
	set(&c.App.Variables.BaseURL, "ANTON_BASE_URL")
	set(&c.App.Variables.WebhookSecret, "ANTON_WEBHOOK_SECRET")
	set(&c.Webhook.Registration, RegisteredByApp)
	if c.Currencies == nil {
		c.Currencies = []string{"USD"}
	}
	if f.nodes["concurrency"] == nil {
		c.Concurrency = 8
	}
	if f.nodes["patience"] == nil {
		c.Patience = time.Minute
	}
}
