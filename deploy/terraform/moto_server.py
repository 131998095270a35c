#!/usr/bin/env python3
"""moto's server (an imitation of AWS), with three calls that Terraform makes and moto 5 lacks.

usage: moto_server.py -H 127.0.0.1 -p PORT
"""
import json
import sys

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Responses
from moto.server import main

TAGS = {}  # of scaling targets, by ARN


def list_tags(self):
    return json.dumps({"Tags": TAGS.get(self._get_param("ResourceARN"), {})})


def tag(self):
    TAGS.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags") or {})
    return "{}"


def untag(self):
    for key in self._get_param("TagKeys") or []:
        TAGS.get(self._get_param("ResourceARN"), {}).pop(key, None)
    return "{}"


def keeping_tags(register):
    def register_scalable_target(self):
        answer = register(self)
        arn = json.loads(answer).get("ScalableTargetARN")
        if arn and self._get_param("Tags"):
            TAGS[arn] = self._get_param("Tags")
        return answer
    return register_scalable_target


Responses.register_scalable_target = keeping_tags(Responses.register_scalable_target)
for name, call in {"list_tags_for_resource": list_tags, "tag_resource": tag, "untag_resource": untag}.items():
    if not hasattr(Responses, name):
        setattr(Responses, name, call)

if __name__ == "__main__":
    main(sys.argv[1:])
