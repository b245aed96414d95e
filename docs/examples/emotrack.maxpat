{
  "patcher": {
    "fileversion": 1,
    "appversion": {"major": 8, "minor": 5, "revision": 5, "architecture": "x64", "modernui": 1},
    "classnamespace": "box",
    "rect": [80.0, 80.0, 640.0, 340.0],
    "boxes": [
      {"box": {"id": "obj-1", "maxclass": "comment", "numinlets": 1, "numoutlets": 0, "patching_rect": [20.0, 14.0, 340.0, 22.0], "text": "emotrack live --osc localhost:9000 --step-ms 50"}},
      {"box": {"id": "obj-2", "maxclass": "newobj", "numinlets": 1, "numoutlets": 1, "patching_rect": [20.0, 50.0, 110.0, 22.0], "outlettype": [""], "text": "udpreceive 9000"}},
      {"box": {"id": "obj-3", "maxclass": "newobj", "numinlets": 1, "numoutlets": 3, "patching_rect": [20.0, 90.0, 250.0, 22.0], "outlettype": ["", "", ""], "text": "route /emotrack/emotion /emotrack/status"}},
      {"box": {"id": "obj-4", "maxclass": "newobj", "numinlets": 1, "numoutlets": 2, "patching_rect": [20.0, 130.0, 90.0, 22.0], "outlettype": ["float", "float"], "text": "unpack 0. 0."}},
      {"box": {"id": "obj-5", "maxclass": "flonum", "numinlets": 1, "numoutlets": 2, "patching_rect": [20.0, 170.0, 70.0, 22.0], "outlettype": ["", "bang"], "parameter_enable": 0}},
      {"box": {"id": "obj-6", "maxclass": "flonum", "numinlets": 1, "numoutlets": 2, "patching_rect": [120.0, 170.0, 70.0, 22.0], "outlettype": ["", "bang"], "parameter_enable": 0}},
      {"box": {"id": "obj-8", "maxclass": "newobj", "numinlets": 1, "numoutlets": 0, "patching_rect": [20.0, 250.0, 90.0, 22.0], "text": "send valence"}},
      {"box": {"id": "obj-9", "maxclass": "newobj", "numinlets": 1, "numoutlets": 0, "patching_rect": [120.0, 250.0, 90.0, 22.0], "text": "send arousal"}},
      {"box": {"id": "obj-10", "maxclass": "newobj", "numinlets": 1, "numoutlets": 0, "patching_rect": [230.0, 130.0, 100.0, 22.0], "text": "print emotrack"}},
      {"box": {"id": "obj-11", "maxclass": "comment", "numinlets": 1, "numoutlets": 0, "patching_rect": [230.0, 250.0, 360.0, 22.0], "text": "[receive valence] and [receive arousal] anywhere in the patch"}}
    ],
    "lines": [
      {"patchline": {"source": ["obj-2", 0], "destination": ["obj-3", 0]}},
      {"patchline": {"source": ["obj-3", 0], "destination": ["obj-4", 0]}},
      {"patchline": {"source": ["obj-3", 1], "destination": ["obj-10", 0]}},
      {"patchline": {"source": ["obj-4", 0], "destination": ["obj-5", 0]}},
      {"patchline": {"source": ["obj-4", 1], "destination": ["obj-6", 0]}},
      {"patchline": {"source": ["obj-5", 0], "destination": ["obj-8", 0]}},
      {"patchline": {"source": ["obj-6", 0], "destination": ["obj-9", 0]}}
    ]
  }
}
