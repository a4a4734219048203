package main

import (
	"bytes"
	"html/template"
	"net/http"
)

// view is what every page knows besides its own Page.
type view struct {
	Name     string
	Customer *customer // nil for whoever is not signed in
	Notice   *notice
	Demo     bool
	Page     any
}

var pages = parsePages("sign-in", "home", "leave", "connected", "channels", "people", "test", "doctor", "setup", "problem")

func parsePages(names ...string) map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range names {
		parsed[name] = template.Must(template.ParseFS(files, "templates/layout.html", "templates/"+name+".html"))
	}
	return parsed
}

// show writes a page as a whole, so that none is ever sent by half.
func (a *app) show(w http.ResponseWriter, status int, name string, s *session, page any) {
	v := view{Name: name, Demo: a.demo != nil, Page: page}
	if s != nil {
		v.Customer, v.Notice = s.customer, s.takeNotice()
	}
	var b bytes.Buffer
	if err := pages[name].Execute(&b, v); err != nil {
		a.log.Error("a page can't be shown", "page", name, "error", err)
		http.Error(w, "This page can't be shown. The program's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser has gone
}
