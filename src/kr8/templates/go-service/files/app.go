package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const bodyLimit = 1 << 20

// app is a table of what is answered to whom: path, then method.
type app struct {
	version string
	metrics *metrics
	routes  map[string]map[string]http.HandlerFunc
}

func newApp(version string) *app {
	if version == "" {
		version = "unknown"
	}
	a := &app{version: version, metrics: newMetrics()}
	a.routes = map[string]map[string]http.HandlerFunc{
		"/":        {"GET": a.greet, "HEAD": a.greet, "POST": echo},
		"/healthz": {"GET": healthy, "HEAD": healthy},
		"/metrics": {"GET": a.measures},
	}
	return a
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	recorded := &recorder{ResponseWriter: w, status: http.StatusOK}
	w.Header().Set("X-App-Version", a.version)
	a.answer(recorded, r)
	a.metrics.count(r.Method, recorded.status, time.Since(begun))
}

func (a *app) answer(w http.ResponseWriter, r *http.Request) {
	methods, known := a.routes[r.URL.Path]
	if !known {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	handler, known := methods[r.Method]
	if !known {
		w.Header().Set("Allow", allowed(methods))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	handler(w, r)
}

func allowed(methods map[string]http.HandlerFunc) string {
	names := make([]string, 0, len(methods))
	for name := range methods {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (a *app) greet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	// An error here is a client that went away.
	_ = json.NewEncoder(w).Encode(map[string]string{"service": "web", "version": a.version})
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		return // the client went away
	}
	sent := r.Header.Get("Content-Type")
	if sent == "" {
		sent = "application/octet-stream"
	}
	w.Header().Set("Content-Type", sent)
	_, _ = w.Write(body)
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

func (a *app) measures(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = io.WriteString(w, a.metrics.text(a.version))
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
