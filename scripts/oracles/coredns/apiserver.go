package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// resource is a kind of object and where its list is.
type resource struct {
	path, kind, version string
}

var resources = map[string]resource{
	"Namespace":     {"/api/v1/namespaces", "Namespace", "v1"},
	"Service":       {"/api/v1/services", "Service", "v1"},
	"Pod":           {"/api/v1/pods", "Pod", "v1"},
	"Node":          {"/api/v1/nodes", "Node", "v1"},
	"EndpointSlice": {"/apis/discovery.k8s.io/v1/endpointslices", "EndpointSlice", "discovery.k8s.io/v1"},
	"ServiceImport": {"/apis/multicluster.x-k8s.io/v1alpha1/serviceimports", "ServiceImport", "multicluster.x-k8s.io/v1alpha1"},
}

type object struct {
	metadata metav1.PartialObjectMetadata
	raw      json.RawMessage
}

// serveObjects answers list and watch of objects that never change. A watch that asks for the initial
// events gets them, with the bookmark that closes them; then it stays open and silent.
func serveObjects(raws []json.RawMessage) (*httptest.Server, error) {
	byPath := map[string][]object{}
	kinds := map[string]resource{}
	for _, each := range resources {
		kinds[each.path] = each
	}
	for index, raw := range raws {
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			return nil, err
		}
		kind, _ := fields["kind"].(string)
		known, ok := resources[kind]
		if !ok {
			return nil, fmt.Errorf("object %d: kind %q is not served", index, kind)
		}
		metadata, _ := fields["metadata"].(map[string]any)
		metadata["resourceVersion"], metadata["uid"] = "1", fmt.Sprintf("uid-%d", index)
		stored, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		entry := object{raw: stored}
		if err := json.Unmarshal(stored, &entry.metadata); err != nil {
			return nil, err
		}
		byPath[known.path] = append(byPath[known.path], entry)
	}
	handle := func(writer http.ResponseWriter, request *http.Request) {
		known, ok := kinds[request.URL.Path]
		if !ok {
			http.NotFound(writer, request)
			return
		}
		selector, err := labels.Parse(request.URL.Query().Get("labelSelector"))
		if err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		var found []json.RawMessage
		for _, each := range byPath[known.path] {
			if selector.Matches(labels.Set(each.metadata.Labels)) {
				found = append(found, each.raw)
			}
		}
		writer.Header().Set("Content-Type", "application/json")
		if request.URL.Query().Get("watch") != "" {
			watch(writer, request, known, found)
			return
		}
		if found == nil {
			found = []json.RawMessage{}
		}
		list := map[string]any{
			"apiVersion": known.version, "kind": known.kind + "List",
			"metadata": map[string]any{"resourceVersion": "1"}, "items": found,
		}
		_ = json.NewEncoder(writer).Encode(list)
	}
	return httptest.NewServer(http.HandlerFunc(handle)), nil
}

func watch(writer http.ResponseWriter, request *http.Request, known resource, found []json.RawMessage) {
	encoder := json.NewEncoder(writer)
	if strings.EqualFold(request.URL.Query().Get("sendInitialEvents"), "true") {
		for _, each := range found {
			_ = encoder.Encode(map[string]any{"type": "ADDED", "object": each})
		}
		_ = encoder.Encode(map[string]any{"type": "BOOKMARK", "object": map[string]any{
			"apiVersion": known.version, "kind": known.kind,
			"metadata": map[string]any{
				"resourceVersion": "1", "annotations": map[string]string{metav1.InitialEventsAnnotationKey: "true"},
			},
		}})
	}
	writer.(http.Flusher).Flush()
	<-request.Context().Done()
}
