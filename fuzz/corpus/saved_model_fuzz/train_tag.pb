	
"train